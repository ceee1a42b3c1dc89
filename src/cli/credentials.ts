/** Credentials of agents from a CSV file (RFC 4180): one row per user. Problems name the line and the column, never a value. */
import { UsageError } from './exit.js';

const ROWS_MAX = 100_000;

/** Reads rows by user. Throws a UsageError that names the line. */
export function credentialsFrom(text: string, file: string): Map<string, Readonly<Record<string, string>>> {
  const [head, ...rows] = parseCsv(text.replace(/^\ufeff/, ''), file);
  if (head === undefined)
    throw new UsageError(`${file}: the file is empty; its first line names the columns, such as user,token`);
  const columns = head.fields.map((name) => name.trim());
  const userAt = columns.indexOf('user');
  if (userAt < 0)
    throw new UsageError(
      `${file}:1: no column "user"; its columns are ${columns.map((name) => JSON.stringify(name)).join(', ')}`,
    );
  const twice = columns.find((name, index) => columns.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`${file}:1: duplicate column ${JSON.stringify(twice)}`);
  const byUser = new Map<string, Readonly<Record<string, string>>>();
  for (const { fields, line } of rows) {
    if (fields.length === 1 && fields[0] === '') continue;
    if (fields.length !== columns.length)
      throw new UsageError(`${file}:${line}: ${fields.length} fields for ${columns.length} columns`);
    const user = fields[userAt]?.trim() ?? '';
    if (user === '') throw new UsageError(`${file}:${line}: the column "user" is empty`);
    if (byUser.has(user)) throw new UsageError(`${file}:${line}: a second row for ${JSON.stringify(user)}`);
    if (byUser.size >= ROWS_MAX) throw new UsageError(`${file}: more than ${ROWS_MAX} rows`);
    byUser.set(user, Object.fromEntries(columns.map((name, index) => [name, fields[index] ?? ''])));
  }
  return byUser;
}

interface Row {
  readonly fields: string[];
  readonly line: number;
}

function parseCsv(text: string, file: string): Row[] {
  const rows: Row[] = [];
  let fields: string[] = [];
  let field = '';
  let isQuoted = false;
  let line = 1;
  let begun = 1;
  const endRow = (): void => {
    fields.push(field);
    rows.push({ fields, line: begun });
    fields = [];
    field = '';
    begun = line;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\n') line++;
    if (isQuoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') {
        field += '"';
        at++;
      } else isQuoted = false;
    } else if (char === '"' && field === '') isQuoted = true;
    else if (char === ',') {
      fields.push(field);
      field = '';
    } else if (char === '\n') endRow();
    else if (char !== '\r') field += char;
  }
  if (isQuoted) throw new UsageError(`${file}:${begun}: unclosed quote`);
  if (field !== '' || fields.length > 0) endRow();
  return rows;
}
