/** The certificate and key of the server, read and checked before anything listens. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Millis } from '../protocol/machine.js';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** PEM texts as `node:tls` takes them. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** The pair, or a sentence that names the file and the problem. `now` is the time since the epoch. */
export function readTls({ certFile, keyFile }: TlsFiles, now: Millis): TlsPair | { readonly problem: string } {
  const cert = textOf(certFile);
  if (cert.problem !== null) return { problem: cert.problem };
  const key = textOf(keyFile);
  if (key.problem !== null) return { problem: key.problem };
  const certificate = certificateOf(cert.text);
  if (certificate === null) {
    const hint = /PRIVATE KEY/.test(cert.text) ? 'it has a private key: are the two files swapped?' : 'PEM is expected';
    return { problem: `${certFile} has no readable certificate; ${hint}` };
  }
  const until = Date.parse(certificate.validTo);
  if (until < now) return { problem: `${certFile}: the certificate was valid until ${certificate.validTo}` };
  const privateKey = keyOf(key.text);
  if (typeof privateKey === 'string') return { problem: `${keyFile} ${privateKey}` };
  if (!certificate.checkPrivateKey(privateKey)) return { problem: `${keyFile} is not the key of the certificate in ${certFile}` };
  return { cert: cert.text, key: key.text };
}

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

function textOf(file: string): { readonly text: string; readonly problem: string | null } {
  try {
    return { text: readFileSync(file, 'utf8'), problem: null };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { text: '', problem: `${file} cannot be read: ${READ_PROBLEMS[code] ?? code}` };
  }
}

function certificateOf(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    // Node's message is OpenSSL's and does not help a user.
    return null;
  }
}

function keyOf(pem: string): KeyObject | string {
  try {
    return createPrivateKey(pem);
  } catch {
    // The same; two causes can be recognised.
    if (/ENCRYPTED/.test(pem)) return 'is protected by a passphrase; use a key without one';
    if (/BEGIN CERTIFICATE/.test(pem)) return 'has a certificate, not a key: are the two files swapped?';
    return 'has no readable private key; PEM is expected';
  }
}
