import t from 'tap';
import { NAMES_MAX } from '../../../src/trace/redaction/book.js';
import { createNames } from '../../../src/trace/redaction/names.js';
import { isRole, ROLE_NAMES } from '../../../src/trace/redaction/roles.js';

/** Somebody's home. */
const HOME = ['', 'Users', 'jane'].join('/');

t.test('roles stay, with a number as well; everybody else has a stand-in, the same everywhere', async (t) => {
  const names = createNames();
  for (const name of ['alice', 'Bob', 'mallory', 'caller', 'agent-2', 'user-17', 'a', 'b1', 'phone'])
    t.equal(names.person(name), name);
  t.equal(names.person('jane'), 'user-1');
  t.equal(names.person('Otto-Karl'), 'user-2');
  t.equal(names.person('jane'), 'user-1');
  t.equal(names.text('Jane calls OTTO-KARL, jane: janet stays'), 'user-1 calls user-2, user-1: janet stays');
  t.equal(names.address('jane/janes-phone.signaling'), 'user-1/device-1.signaling');
  t.equal(names.participant('jane/janes-phone'), 'user-1/janes-phone');
  t.equal(names.address('jane/janes-phone.signaling'), 'user-1/janes-phone.signaling', 'devices of the scenario stay');
  t.equal(names.call('c-jane.phone-0k3v9x2'), 'c-user-1.phone-0k3v9x2');
  t.equal(names.reveal('user-1/phone and c-user-2.phone-1 and user-9'), 'jane/phone and c-Otto-Karl.phone-1 and user-9');
  for (const name of ROLE_NAMES) t.ok(isRole(name), name);
});

t.test('a stand-in is never called as somebody who takes part', async (t) => {
  const names = createNames();
  names.person('user-1');
  t.equal(names.person('jane'), 'user-2');
  t.equal(names.text('user-1 calls jane'), 'user-1 calls user-2');
});

t.test('hosts of targets, in URLs and alone', async (t) => {
  const names = createNames();
  t.equal(names.target('bundled'), 'bundled');
  t.equal(names.target('ws://127.0.0.1:8787/ws'), 'ws://127.0.0.1:8787/ws');
  t.equal(names.target('wss://me:pw@calls.example.com:444/ws?token=abc'), 'wss://redacted@host-1.name:444/ws?redacted');
  t.equal(names.text('getaddrinfo ENOTFOUND calls.example.com'), 'getaddrinfo ENOTFOUND host-1.name');
  t.equal(
    names.text('connect to 10.0.0.9:80, ws://10.0.0.9/x, ws://[2001:db8::1]:5/'),
    'connect to host-3.ip4:80, ws://host-3.ip4/x, ws://host-2.ip6:5/',
  );
  t.equal(names.text('wss://calls.example.com/s/0f8e7d6c5b4a39281706f1/x'), 'wss://host-1.name/s/redacted(len=22)/x');
  t.equal(names.text(names.text('wss://calls.example.com/')), 'wss://host-1.name/', 'twice is once');
});

t.test('a host that is called as a word is replaced where it is a host', async (t) => {
  const names = createNames();
  t.equal(names.target('ws://server:8787/'), 'ws://host-1.name:8787/');
  t.equal(names.text('server -> alice/phone'), 'server -> alice/phone');
  t.equal(names.address('server'), 'server');
  for (const word of ['offer', 'type', 'ringing']) t.equal(names.person(word), word, 'words of frames stay');
});

t.test('homes, mail, telephones and commands', async (t) => {
  const names = createNames();
  t.equal(names.path(`${HOME}/work/a.yaml`), '~/work/a.yaml');
  t.equal(names.path('scenarios/a.yaml'), 'scenarios/a.yaml');
  t.equal(names.text(`see ${HOME}/a and "C:\\Users\\jane\\b"`), 'see ~/a and "~\\b"');
  t.equal(
    names.text('ask jane.doe@example.com, sip:jane@example.com or +4915112345678'),
    'ask user-1@redacted, sip:redacted@host-1.name or user-2',
  );
  t.equal(
    names.command(
      "call-probe run a.yaml --seed x:1 --target wss://calls.example.com --restart-command 'ssh root@box '\\''x'\\''' --pause-command stop",
    ),
    "call-probe run a.yaml --seed x:1 --target wss://host-2.name --restart-command '<command>' --pause-command '<command>'",
  );
});

t.test('ids of foreign calls', async (t) => {
  const names = createNames();
  for (const id of ['c-alice.phone-0k3v9x2', 'c1', 'recall', 'call-7']) t.equal(names.call(id), id);
  t.equal(names.call('7d9c2f10-6a51-4c1b-9d7e-2f6a1b3c4d5e'), 'call-1');
  t.equal(names.text('call 7d9c2f10-6a51-4c1b-9d7e-2f6a1b3c4d5e ended'), 'call call-1 ended');
  t.equal(names.call('4915112345678'), 'call-2');
});

t.test('names from the wire: patterns of them mean nothing, and a flood is bounded', async (t) => {
  const names = createNames();
  for (const name of ['.*', '<script>alert(1)</script>', 'a|b', '\ud800', '(', '$&', '𝕁𝕒𝕟𝕖', 'constructor', '__proto__'])
    names.person(name);
  t.equal(names.text('nobody (here) costs $& or a'), 'nobody (here) costs $& or a');
  t.equal(names.text('constructor'), 'user-8');
  t.notMatch(names.text('<script>alert(1)</script>'), /script/);
  for (let number = 0; number < NAMES_MAX + 10; number++) names.person(`x${number}y`);
  t.equal(names.person('xxl'), 'user-more');
});
