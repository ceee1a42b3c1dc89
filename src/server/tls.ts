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

/** The pair, or a sentence that names the file and what is wrong with it. `now` is the time since the epoch. */
export function readTls({ certFile, keyFile }: TlsFiles, now: Millis): TlsPair | { readonly problem: string } {
  const cert = textOf(certFile);
  if (cert.problem !== null) return { problem: cert.problem };
  const key = textOf(keyFile);
  if (key.problem !== null) return { problem: key.problem };
  const certificate = certificateOf(cert.text);
  if (certificate === null) {
    const hint = /PRIVATE KEY/.test(cert.text) ? 'it holds a private key: are the two files swapped?' : 'PEM is expected';
    return { problem: `${certFile} holds no certificate that can be read; ${hint}` };
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
    return { text: '', problem: `${file} can't be read: ${READ_PROBLEMS[code] ?? code}` };
  }
}

function certificateOf(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    // What Node says here is OpenSSL's, and nothing that a user could act on.
    return null;
  }
}

function keyOf(pem: string): KeyObject | string {
  try {
    return createPrivateKey(pem);
  } catch {
    // Likewise; the two causes that can be told apart are.
    if (/ENCRYPTED/.test(pem)) return 'is protected by a passphrase; give the key without one';
    if (/BEGIN CERTIFICATE/.test(pem)) return 'holds a certificate, not a key: are the two files swapped?';
    return 'holds no private key that can be read; PEM is expected';
  }
}
