/** The text of docs/asyncapi.yaml, as scripts/docs.mjs writes it. */
import { stringify } from 'yaml';
import { asyncApi } from '../../lab/docs/asyncapi.js';
import { VERSION } from '../../src/cli/version.js';

export const ASYNCAPI_FILE = 'docs/asyncapi.yaml';

/** The whole document, with a head that says where it comes from. */
export function asyncApiText(): string {
  const head = '# Made from src/protocol/frames.ts by scripts/docs.mjs: change the schemas, not this file.\n';
  return head + stringify(asyncApi(VERSION), { aliasDuplicateObjects: false, lineWidth: 120 });
}
