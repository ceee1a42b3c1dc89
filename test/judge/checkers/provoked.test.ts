/** At a black box nothing changes without somebody who did something: each way to break that is caught, and its healthy twin passes. */
import t from 'tap';
import { provoked } from '../../../src/judge/checkers/provoked.js';
import { historyOf } from '../../../src/judge/history/history.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { faultEvent } from '../../trace-builder.js';
import { ForeignTrace } from '../causes/foreign-trace.js';

const verdict = (events: TraceEvent[]): string[] => provoked.check(historyOf(events), {}).findings.map(({ message }) => message);

t.test('an answer needs somebody who answered', async (t) => {
  t.match(verdict(new ForeignTrace().calls().answered().finishes(false)), [
    /alice shows connected in call c1 .*, and nobody has answered it/,
  ]);
  t.strictSame(verdict(new ForeignTrace().calls().accepts().answered().finishes(false)), []);
});

t.test('two who call each other at once may be connected without an accept', async (t) => {
  const trace = new ForeignTrace().calls();
  trace.op('bob/phone', 'call', 'c2', 'alice');
  t.strictSame(verdict(trace.answered().finishes(false)), []);
});

t.test('an end needs somebody who ended it, left or lost the connection, or time enough to give up', async (t) => {
  const talk = (): ForeignTrace => new ForeignTrace().calls().accepts().answered();
  t.match(verdict(talk().after(500).ended().finishes(false)), [/alice shows ended\(hangup\) .*, and nobody has ended it/]);
  const hungUp = talk().after(500);
  hungUp.hangsUp();
  t.strictSame(verdict(hungUp.ended().finishes(false)), []);
  const lost = talk().after(500);
  lost.closes('bob/phone');
  t.strictSame(verdict(lost.ended().finishes(false)), [], 'a lost connection');
  const struck = talk().after(500);
  struck.struck('bob/phone', 'disconnect');
  t.strictSame(verdict(struck.ended().finishes(false)), [], 'a fault of the link');
  const rang = new ForeignTrace().calls().after(30_000).ended();
  t.strictSame(verdict(rang.finishes(false)), [], 'a ring time-out');
  const busy = new ForeignTrace().calls();
  busy.hears('alice/phone', 'event.ended', { state: 'ended', reason: 'busy' });
  t.strictSame(verdict(busy.finishes(false)), [], "a reason that is the server's own");
});

t.test('a call that was over does not come back', async (t) => {
  const over = (): ForeignTrace => {
    const trace = new ForeignTrace().calls().accepts().answered();
    trace.after(100).hangsUp();
    return trace.ended();
  };
  const again = over();
  again.after(900).hears('bob/phone', 'event.connected', { state: 'connected' });
  t.match(verdict(again.finishes(false)), [/bob shows connected in call c1 .*, which was over at/]);
  const late = over();
  late.after(900).hears('bob/laptop', 'event.inviting', { state: 'ringing' });
  t.match(
    verdict(late.finishes(false)),
    [/laptop shows ringing in call c1 .*, which was over at/],
    'nor at a device that was not there',
  );
  t.strictSame(verdict(over().finishes(false)), []);
  const crossing = new ForeignTrace().calls();
  const cancel = crossing.at(400).op('alice/phone', 'cancel', 'c1');
  crossing.says('alice/phone', 'command.cancel', cancel);
  crossing.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
  crossing.op('bob/phone', 'accept', 'c1');
  crossing.after(20).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
  t.strictSame(verdict(crossing.finishes(false)), [], 'what crosses is no come-back');
});

t.test('an answer that the target passes on although it had read the end', async (t) => {
  const build = (isKnown: boolean): TraceEvent[] => {
    const trace = new ForeignTrace().calls();
    const cancel = trace.at(400).op('alice/phone', 'cancel', 'c1');
    trace.says('alice/phone', 'command.cancel', cancel);
    trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
    if (isKnown) trace.pong('alice/phone');
    trace.says('bob/phone', 'command.accept', trace.op('bob/phone', 'accept', 'c1'));
    if (!isKnown) trace.pong('alice/phone');
    trace.after(5).hears('alice/phone', 'event.connected');
    trace.hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
    return trace.finishes(false);
  };
  t.match(verdict(build(true)), [/alice was sent an answer of call c1 at .* after the target had read its end/]);
  t.strictSame(verdict(build(false)), [], 'one that crosses the end is none');
});

t.test('a cancel that the probe itself removed is not known to the target, whatever it has read since', async (t) => {
  const build = (isRemoved: boolean): TraceEvent[] => {
    const trace = new ForeignTrace().calls();
    const cancel = trace.at(400).op('alice/phone', 'cancel', 'c1');
    const sent = trace.says('alice/phone', 'command.cancel', cancel);
    if (isRemoved) {
      const struck = { dropped: true, dir: 'out', digest: 'd', kind: 'command.cancel', call: 'c1', bytes: 90 } as const;
      trace.add(
        'alice/phone',
        faultEvent('drop', 'hit', { target: sent, struck }),
        trace.add('alice', faultEvent('drop', 'armed')),
      );
    }
    trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
    trace.says('alice/phone', 'signal.candidate');
    trace.pong('alice/phone');
    trace.says('bob/phone', 'command.accept', trace.after(5).op('bob/phone', 'accept', 'c1'));
    trace.after(5).hears('alice/phone', 'event.connected');
    trace.hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
    return trace.finishes(false);
  };
  t.match(verdict(build(false)), [/after the target had read its end/]);
  t.strictSame(verdict(build(true)), []);
});

t.test('a fault of the media excuses no end of a call', async (t) => {
  const build = (layer: 'media' | 'link'): TraceEvent[] => {
    const trace = new ForeignTrace().calls().accepts().answered().after(500);
    const armed = trace.add('alice/phone', faultEvent('loss', 'armed', { layer }));
    trace.add('alice/phone', faultEvent('loss', 'hit', { layer }), armed);
    return trace.after(50).ended().finishes(false);
  };
  t.match(verdict(build('media')), [/and nobody has ended it/]);
  t.strictSame(verdict(build('link')), []);
});
