/** Turns a `fault` step into its plan: one of the two forms, names resolved to devices, every problem reported. */
import { RESTART_SIGNALS } from '../faults/restart-server.js';
import { formatTrigger, type Trigger } from '../faults/trigger.js';
import { RESTART_SERVER } from '../trace/absence.js';
import { namedDevice, namedUser } from './cast.js';
import { formatDuration } from './duration.js';
import { validate } from './issues.js';
import type { FaultStep } from './plan.js';
import { type Path, quote } from './problem.js';
import { type Scene, sentence, unknownKeys } from './scene.js';
import {
  disconnectSchema,
  LINK_FAULT_KEYS,
  linkText,
  SERVER_FAULT_KEYS,
  serverSchema,
  signalSchema,
  triggerText,
} from './schema-faults.js';
import { ONLY_THESE_FAULTS, RESERVED_FAULTS } from './schema-reserved.js';
import { isPlainMap, kindOf, type PlainMap } from './tree.js';

const FORMS = 'write fault: { link: alice.signaling, disconnect: 1s } or fault: { server: restart }';

/** Resolves the value of a `fault` step. Null after a report. */
export function resolveFault(scene: Scene, value: unknown, path: Path): FaultStep | null {
  const { report } = scene;
  const at = [...path, 'fault'];
  if (!isPlainMap(value)) {
    report(at, 'value', `"fault" holds what is hit and how, not ${kindOf(value)}`, FORMS);
    return null;
  }
  const reserved = Object.keys(value).filter(isReserved);
  for (const key of reserved) notYet(scene, [...at, key], key, 'key');
  const form = formOf(value);
  if (form === 'none') {
    if (reserved.length === 0) report(at, 'value', '"fault" does not say what it hits', FORMS);
    unknownKeys(without(value, reserved), [...LINK_FAULT_KEYS, ...SERVER_FAULT_KEYS], at, report);
    return null;
  }
  if (form === 'both') {
    report([...at, 'server'], 'key', '"link" and "server" in one "fault"', 'make each a step of its own');
    return null;
  }
  return (form === 'link' ? disconnectStep : restartStep)(scene, value, reserved, path);
}

function formOf(value: PlainMap): 'link' | 'server' | 'both' | 'none' {
  if ('link' in value) return 'server' in value ? 'both' : 'link';
  return 'server' in value ? 'server' : 'none';
}

function disconnectStep(scene: Scene, value: PlainMap, reserved: readonly string[], path: Path): FaultStep | null {
  const { cast, report } = scene;
  const at = [...path, 'fault'];
  unknownKeys(without(value, reserved), LINK_FAULT_KEYS, at, report);
  const isMedia = typeof value['link'] === 'string' && /\.media$/.test(value['link']);
  if (isMedia) notYet(scene, [...at, 'link'], String(value['link']), 'value');
  const name = isMedia ? null : validate(linkText, value['link'], [...at, 'link'], report);
  if (!('disconnect' in value) && reserved.length === 0) {
    report(at, 'key', 'missing key "disconnect"', 'say for how long: { link: alice.signaling, disconnect: 1s }');
  }
  const ms = 'disconnect' in value ? validate(disconnectSchema, value['disconnect'], [...at, 'disconnect'], report) : null;
  const trigger = 'on' in value ? triggerAt(scene, value['on'], [...at, 'on']) : null;
  if (name === null || cast === null) return null;
  const device = namedDevice(cast, name, [...at, 'link'], report);
  const isWhole = Object.keys(value).every((key) => (LINK_FAULT_KEYS as readonly string[]).includes(key));
  if (device === null || ms === null || ('on' in value && trigger === null) || !isWhole) return null;
  const moment = trigger === null ? '' : `, on ${formatTrigger(trigger)}`;
  const text = `fault: disconnect ${name}.signaling for ${formatDuration(ms)}${moment}`;
  return { ...sentence(path, text), kind: 'fault', fault: { fault: 'disconnect', device, ms }, trigger };
}

function triggerAt({ cast, report }: Scene, value: unknown, at: Path): Trigger | null {
  const trigger = validate(triggerText, value, at, report);
  if (trigger === null || cast === null) return null;
  const { user, device } = trigger;
  return namedUser(cast, device === null ? user : `${user}.${device}`, at, report) === null ? null : trigger;
}

function restartStep(scene: Scene, value: PlainMap, reserved: readonly string[], path: Path): FaultStep | null {
  const { report } = scene;
  const at = [...path, 'fault'];
  if ('on' in value) {
    const message = `"on" with "server" is part of the language, but this version restarts the server at its step only`;
    report([...at, 'on'], 'key', message, null, 'not-yet');
  }
  unknownKeys(without(value, [...reserved, 'on']), SERVER_FAULT_KEYS, at, report);
  const word = value['server'];
  const isReservedWord = typeof word === 'string' && isReserved(word);
  if (isReservedWord) notYet(scene, [...at, 'server'], word, 'value');
  const server = isReservedWord ? null : validate(serverSchema, word, [...at, 'server'], report);
  const signal = 'with' in value ? validate(signalSchema, value['with'], [...at, 'with'], report) : RESTART_SIGNALS[0];
  const isWhole = Object.keys(value).every((key) => (SERVER_FAULT_KEYS as readonly string[]).includes(key));
  if (server === null || signal === null || !isWhole) return null;
  const text = `fault: restart the server with ${signal}`;
  return { ...sentence(path, text), kind: 'fault', fault: { fault: RESTART_SERVER, signal }, trigger: null };
}

function isReserved(word: string): boolean {
  return (RESERVED_FAULTS as readonly string[]).includes(word.replaceAll('_', '-'));
}

function notYet({ report }: Scene, path: Path, word: string, at: 'key' | 'value'): void {
  report(path, at, `${quote(word)} is part of the language, but this version ${ONLY_THESE_FAULTS}`, null, 'not-yet');
}

function without(value: PlainMap, keys: readonly string[]): PlainMap {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
