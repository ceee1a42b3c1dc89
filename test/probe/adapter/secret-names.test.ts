import t from 'tap';
import { secretsInHeaders } from '../../../src/probe/adapter/secret-names.js';

t.test('headers that admit somebody are secrets, and those that say who or what it is are not', async (t) => {
  t.strictSame(secretsInHeaders({ authorization: 'Bearer abc.def', 'x-tenant': 'acme', 'accept-version': '7' }), [
    'Bearer abc.def',
    'abc.def',
  ]);
  t.strictSame(secretsInHeaders({ 'X-Api-Key': 'k1', Cookie: 'sid=1; theme=dark' }), ['k1', 'sid=1; theme=dark']);
  t.strictSame(secretsInHeaders({ 'x-signature': '0123456789abcdef' }), ['0123456789abcdef'], 'as long as a machine makes them');
  t.strictSame(secretsInHeaders({ authorization: 'Basic' }), ['Basic']);
});
