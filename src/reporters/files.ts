/** Files that reports go to: refused before anything runs, and whole once it has. */
import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../server/store/make-folder.js';

/** A `--reporter` that cannot be used; found before anything runs (exit code 2). */
export class ReporterSpecError extends Error {
  readonly code = 'bad-reporter';
  override readonly name = 'ReporterSpecError';
}

/** Makes the folder of a report at once. Throws ReporterSpecError where the file could not be written in the end. */
export function prepareFile(file: string): void {
  const folder = dirname(file);
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new ReporterSpecError(
      `The report ${file} cannot be written: its folder cannot be made or written to. Name another one.`,
      { cause },
    );
  }
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new ReporterSpecError(`The report ${file} cannot be written: a folder of this name is there. Name a file in it.`);
  }
}

/** Readers see the old file or the new one: the text is written beside it and renamed over it. */
export function writeWhole(named: string, text: string): void {
  const file = existsSync(named) ? realpathSync(named) : named;
  // A pipe or a device such as /dev/stderr is written to, not replaced.
  if (existsSync(file) && !statSync(file).isFile()) {
    writeFileSync(file, text);
    return;
  }
  const beside = `${file}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
  try {
    writeFileSync(beside, text, { flag: 'wx' });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
