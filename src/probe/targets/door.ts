/** Where a foreign target takes connections, as its adapter says: learnt from the connections that devices open. */
import type { Adapter } from '../adapter/port.js';
import type { SocketSettings } from '../links/transport.js';
import type { Door } from './knock.js';

/** An adapter that behaves as the given one, and what door its devices last went to; at first the target's own URL. */
export function withDoor(adapter: Adapter, url: string, settings: SocketSettings): { readonly adapter: Adapter; door(): Door } {
  let last: Door = { url: bare(url), subprotocols: [], settings };
  const noted: Adapter = {
    ...adapter,
    connect: (agent, prepared) => {
      const spec = adapter.connect(agent, prepared);
      if (URL.canParse(spec.url)) last = { url: bare(spec.url), subprotocols: spec.subprotocols ?? [], settings };
      return spec;
    },
  };
  return { adapter: noted, door: () => last };
}

/** Without the query: with the id or token of a user in it, knocking would take his place. */
function bare(url: string): string {
  const place = new URL(url);
  place.search = '';
  place.hash = '';
  return place.href;
}
