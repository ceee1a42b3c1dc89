/** `call-probe.yaml` in the working folder: the flags of `run` as keys. Flags override the environment, which overrides this file. */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { distance } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { UsageError } from './exit.js';

export const CONFIG_FILE = 'call-probe.yaml';

/** Applies the config file to the options of `command` that are not set otherwise. Throws a UsageError. */
export async function applyConfig(command: Command): Promise<void> {
  if (!existsSync(CONFIG_FILE)) return;
  let config: unknown;
  try {
    config = parse(readFileSync(CONFIG_FILE, 'utf8'), { maxAliasCount: 10 });
  } catch (error) {
    throw new UsageError(`${CONFIG_FILE}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (config === null) return;
  if (typeof config !== 'object' || Array.isArray(config))
    throw new UsageError(`${CONFIG_FILE}: has to be a map of flags, such as "workers: 2"`);
  const options = command.options.filter((option) => option.long !== '--list');
  const names = options.map((option) => option.name());
  for (const [key, value] of Object.entries(config)) {
    const option = options.find((known) => known.name() === key);
    if (option === undefined) {
      const near = [...names].sort((a, b) => distance(key, a) - distance(key, b))[0] ?? '';
      throw new UsageError(
        `${CONFIG_FILE}: unknown key "${key.slice(0, 80)}"; ${distance(key, near) <= 3 ? `did you mean "${near}"?` : `known are ${names.join(', ')}`}`,
      );
    }
    const attribute = option.attributeName();
    const source = command.getOptionValueSource(attribute);
    if (source !== undefined && source !== 'default') continue;
    command.setOptionValueWithSource(attribute, settingOf(option, key, value), 'config');
  }
}

/** Flags that may be given more than once. */
const REPEATABLE: readonly string[] = ['defect', 'header', 'reporter', 'tag'];

function settingOf(option: Command['options'][number], key: string, value: unknown): unknown {
  if (REPEATABLE.includes(key)) {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((item) => typeof item === 'string')) return list;
    throw new UsageError(`${CONFIG_FILE}: "${key}" has to be a text or a list of texts`);
  }
  if (option.isBoolean()) {
    if (typeof value === 'boolean') return value;
    throw new UsageError(`${CONFIG_FILE}: "${key}" has to be true or false`);
  }
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new UsageError(`${CONFIG_FILE}: "${key}" has to be a text or a number`);
  try {
    return option.parseArg === undefined ? String(value) : (option.parseArg(String(value), undefined) as unknown);
  } catch (error) {
    throw new UsageError(`${CONFIG_FILE}: "${key}": ${error instanceof Error ? error.message : String(error)}`);
  }
}
