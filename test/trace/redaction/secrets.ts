/** Kinds of what must not leave a machine, one value of each, for tests that put them everywhere. */

/** With a form of its own: found wherever it stands. */
export const FORMED: Readonly<Record<string, string>> = {
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJxdWlsbCJ9.c2lnbmF0dXJlLW9mLXF1aWxs',
  bearer: 'Bearer mF9xB5f4t1JqMq2r',
  'password in a sentence': 'password=Hx7rTq9vLm',
  'user info of a URL': 'wss://quillon:Hx7rTq9vLm@127.0.0.1/ws',
  'query of a URL': 'https://127.0.0.1/cb?code=Zk4u8Wn1Xp',
  'mail address': 'quillon.vexley@gremblemail.com',
  'SIP address': 'sip:quillon@voip.gremblecorp.com',
  'address in the network': '192.168.178.77',
  'address on the internet': '2001:db8:85a3::8a2e:370:7334',
  'international telephone': '+4915112345678',
  fingerprint: '6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08',
  'ICE password': 'ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
  'home folder': ['', 'Users', 'quillonvex', 'calls'].join('/'),
};

/** Words and numbers like any other: only an allow-list keeps them in. */
export const FORMLESS: Readonly<Record<string, string>> = {
  'session id': 'vqk3m9x2p7r4w8z1',
  UUID: '7d9c2f10-6a51-4c1b-9d7e-2f6a1b3c4d5e',
  'cloud key': 'AKIAQ3EXAMPLE7ZKWXYV',
  'payment key': 'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
  'TURN user': '1794563287:quillonvex',
  'TURN password': 'kB+9xQ/3vT7mZw==',
  'national telephone': '0151 2345 6789',
  'telephone with signs': '(0171) 234-56-78',
  IBAN: 'DE89 3704 0044 0532 0130 00',
  'IBAN in one': 'DE89370400440532013000',
  'card number': '4111 1111 1111 1111',
  'internal host': 'gremblehost17',
  'domain of a host': 'ldap7.intra.gremblecorp',
  'name of a person': 'Quillonia Vexleyson',
  'name with umlauts': 'Jürgen Müßigbrod',
  'name in Cyrillic': 'Квиллон Вексли',
  'name in Chinese': '山田太郎花子次郎',
  'name in Arabic': 'كويلون فيكسلي',
  'account name': 'qvexley',
  'customer number': 'K-4711-0815-42',
  'hexadecimal key': '9f8e7d6c5b4a39281706f1e2d3c4b5a6',
  'base64 text': 'cXVpbGxvbiB2ZXhsZXkgd2FzIGhlcmU=',
};

/** The parts of a secret that identify on their own. */
export function partsOf(secret: string): string[] {
  return [secret, ...secret.split(/[\s@:;?=/.()-]+/)].filter(
    (part) => part.length >= 6 && !/^(?:Bearer|password|https|ice|Users)$/i.test(part),
  );
}
