/** The tables of docs/faults.md, generated from the registry of faults and the profiles. */

import { type FaultKind, type FaultParameter, LAYERS, type Layer } from '../../src/faults/fault.js';
import { FAULTS } from '../../src/faults/index.js';
import { PROFILES, type ProfileLink } from '../../src/faults/profiles.js';
import { spellingOf } from '../../src/scenarios/language/schema-faults.js';
import { markdownTable } from './markdown-table.js';

const LAYER_DOCS: Readonly<Record<Layer, string>> = {
  message: 'single messages, after framing, at the transport of the device that sends or receives them',
  connection: "the WebSocket connection of a device, without notice to the device's application",
  link: 'the TCP stream below the connection, in a proxy in front of the device',
  media: 'the media packets of a device, in the relay',
  process: 'the application of a device',
  clock: 'the clocks of a device',
  server: "the server's process",
};

/** Every generated section by its name, as Markdown. */
export function faultSections(): Readonly<Record<string, string>> {
  return {
    layers: markdownTable(
      ['layer', 'acts on', 'faults'],
      LAYERS.map((layer) => [
        layer,
        LAYER_DOCS[layer],
        ofLayer(layer)
          .map(({ name }) => `\`${name}\``)
          .join(', '),
      ]),
    ),
    ...Object.fromEntries(LAYERS.map((layer) => [layer, ofLayer(layer).map(section).join('\n\n')])),
    profiles: profilesTable(),
  };
}

function ofLayer(layer: Layer): FaultKind[] {
  return FAULTS.filter((kind) => kind.layer === layer);
}

function section({ name, doc, parameters, example, needs, absence }: FaultKind): string {
  const facts = [
    ...(needs === null ? [] : [`Needs a target with \`${needs}\`.`]),
    ...(absence === 'until-registered' ? ['The device counts as cut off until it is registered again.'] : []),
    ...(absence === 'until-healed' ? ['Paused devices count as cut off until the fault is over.'] : []),
  ];
  return [
    `### ${name}`,
    [doc, ...facts].join(' '),
    `\`\`\`yaml\n  - ${example}\n\`\`\``,
    ...(parameters.length === 0 ? [] : [markdownTable(['key', 'meaning', 'written as', 'default'], parameters.map(row))]),
  ].join('\n\n');
}

function row({ name, doc, type, default: otherwise }: FaultParameter): string[] {
  const left = otherwise === null ? 'required' : otherwise === '' ? 'none' : `\`${otherwise}\``;
  return [`\`${name}\``, doc, spellingOf(type), left];
}

function profilesTable(): string {
  const told = (link: ProfileLink): string =>
    link
      .map((fault) =>
        Object.entries(fault)
          .map(([key, value]) => `\`${key} ${value}\``)
          .join(', '),
      )
      .join('; ') || 'unchanged';
  return markdownTable(
    ['profile', 'what it is', 'signaling', 'media', 'numbers from'],
    PROFILES.map(({ name, doc, signaling, media, source }) => [`\`${name}\``, doc, told(signaling), told(media), source]),
  );
}
