/** Addresses: one text form, and when two are the same device. */
import t from 'tap';
import { addressOf, sameAddress } from '../../src/protocol/address.js';

t.test('a device is its user and its name', async (t) => {
  t.equal(addressOf({ user: 'alice', device: 'phone' }), 'alice/phone');
  t.ok(sameAddress({ user: 'alice', device: 'phone' }, { user: 'alice', device: 'phone' }));
  t.notOk(sameAddress({ user: 'alice', device: 'phone' }, { user: 'alice', device: 'tab' }));
  t.notOk(sameAddress({ user: 'alice', device: 'phone' }, { user: 'bob', device: 'phone' }));
});
