import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeTrace } from '../../src/trace/jsonl.js';
import { createPrivacy } from '../../src/trace/redaction/privacy.js';
import { run } from './running.js';

const QUIET = {
  name: 'two who log in',
  media: 'none',
  checks: { 'timer-skew': { max: '20s' } },
  agents: { jane: {}, otto: {} },
  steps: [{ jane: 'call otto' }, { expect: { both: 'ringing', within: '20s' } }, { jane: 'cancel' }],
};

t.test('a trace that leaks is kept for this user alone: verdicts stay, and it is said', async (t) => {
  const out = t.testdir();
  // What somebody else's run left there is not written into: it might be open to others.
  const kept = join(out, 'do-not-share', 'two-who-log-in-1.jsonl');
  mkdirSync(join(out, 'do-not-share'));
  writeFileSync(kept, 'old', { mode: 0o644 });
  const privacy = createPrivacy();
  // Redaction can't know that somebody uses this for a secret, and it stands in every trace.
  privacy.vault.add('credential', 'call-probe/trace@2');
  const report = await run([QUIET], { out, privacy });
  t.match(report.scenarios[0], { status: 'passed', trace: null });
  t.ok(existsSync(join(out, 'traces')));
  t.same(readdirSync(join(out, 'traces')), []);
  t.match(privacy.refusals, [
    /^The trace .* was not written: line 1, character \d+ would have shown a password.* It is kept in .*two-who-log-in-1\.jsonl, which only you can read: do not share it\.$/,
  ]);
  t.equal(statSync(kept).mode & 0o777, 0o600);
  const { events, problems } = decodeTrace(readFileSync(kept, 'utf8'));
  t.same(problems, []);
  t.match(events.at(-1), { type: 'run', phase: 'end', status: 'complete' });
  t.ok(
    privacy.vault.values().some((value) => value.startsWith('eyJ')),
    'the tokens of the run are known as secrets',
  );
});
