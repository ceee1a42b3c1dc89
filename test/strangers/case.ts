/** What a case of this folder is: a server, one of its bugs, scenarios that meet it, and what has to be found. */
import type { Cause } from '../../src/judge/causes/diagnosis.js';
import type { StartStranger } from './servers/listen.js';

export interface StrangerServer {
  readonly name: string;
  readonly start: StartStranger;
  /** File in `dialects/`. */
  readonly dialect: string;
}

export interface StrangerCase {
  readonly server: StrangerServer;
  /** Null for the healthy server. */
  readonly bug: string | null;
  /** What is wrong, as a support engineer has to be able to read it out of the answer. */
  readonly what: string;
  /** In place of the server's. */
  readonly dialect?: string;
  /** Files in `scenarios/`; with a bug each of them fails. */
  readonly scenarios: readonly string[];
  /** Codes that are right as the first cause; none for a healthy server. */
  readonly causes: readonly Cause[];
  /** The hop of the first cause; null where any is right. */
  readonly hop: string | null;
}

/** `relay/no-cancel`, and `relay` without a bug. */
export function nameOf({ server, bug }: StrangerCase): string {
  return bug === null ? server.name : `${server.name}/${bug}`;
}

/** The healthy server, with scenarios that pass. */
export function healthy(server: StrangerServer, ...scenarios: string[]): StrangerCase {
  return { server, bug: null, what: '', scenarios, causes: [], hop: null };
}

/** Cases of one server, whose bugs are all at the server. */
export function casesOf(
  server: StrangerServer,
  rows: readonly (readonly [bug: string, what: string, scenarios: string, causes: readonly Cause[], dialect?: string])[],
): StrangerCase[] {
  return rows.map(([bug, what, scenarios, causes, dialect]) => ({
    ...{ server, bug, what, scenarios: scenarios.split(' '), causes, hop: 'server' },
    ...(dialect === undefined ? {} : { dialect }),
  }));
}
