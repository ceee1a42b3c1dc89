/** Self-signed certificates for tests, made here: no key has to be kept, and none is left to expire. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : body.length < 256
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const text = (tag: number, value: string): Buffer => tagged(tag, Buffer.from(value));
const hex = (value: string): Buffer => Buffer.from(value, 'hex');

const ECDSA_SHA256 = sequence(hex('06082a8648ce3d040302'));
const COMMON_NAME = hex('0603550403');
const SUBJECT_ALT_NAME = hex('0603551d11');

export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for 127.0.0.1 (X.509 v3, RFC 5280), signed by its own P-256 key. Years of four digits. */
export function makeCertificate({ from = 2020, until = 2099 } = {}): MadeCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(tagged(0x31, sequence(COMMON_NAME, text(0x0c, '127.0.0.1'))));
  const validity = sequence(text(0x18, `${from}0101000000Z`), text(0x18, `${until}0101000000Z`));
  const addresses = sequence(tagged(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = tagged(0xa3, sequence(sequence(SUBJECT_ALT_NAME, tagged(0x04, addresses))));
  const version = tagged(0xa0, hex('020102'));
  const body = sequence(version, hex('020101'), ECDSA_SHA256, name, validity, name, spki(publicKey), extensions);
  const signature = tagged(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const der = sequence(body, ECDSA_SHA256, signature);
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  const cert = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}
