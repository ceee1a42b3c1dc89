import t from 'tap';
import { foreignReplay } from '../../src/cli/foreign-flags.js';

t.test('a replay names the files that it needs, and no secret', async (t) => {
  t.equal(foreignReplay({ adapter: 'sip' }), '');
  t.equal(
    foreignReplay({
      adapter: './my app.yaml',
      credentials: 'my users.csv',
      header: ['x-api-key: one-of-mine', 'authorization: @token.txt'],
      tlsCa: 'ca.pem',
      tlsCert: 'client.pem',
      tlsKey: 'client.key',
      proxy: 'http://me:one-of-mine@127.0.0.1:3128',
    }),
    " --credentials 'my users.csv' --header 'x-api-key: ...' --header 'authorization: @token.txt' --tls-ca ca.pem --tls-cert client.pem --tls-key client.key --proxy http://...@127.0.0.1:3128",
  );
  t.equal(
    foreignReplay({ adapter: 'sip', insecure: true, proxy: 'http://127.0.0.1:3128' }),
    ' --insecure --proxy http://127.0.0.1:3128',
  );
});
