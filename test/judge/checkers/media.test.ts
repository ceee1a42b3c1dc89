import t from 'tap';
import type { EventOf, TraceEvent } from '../../../src/trace/event.js';
import { faultEvent, healthyCall, stats, TraceBuilder } from '../../trace-builder.js';
import { catches, holds, wonders } from './verdicts.js';

type Heard = readonly [EventOf<'media'>['state'], Partial<EventOf<'media'>>?];

/** A talk of `ms` in which each side's media goes through the given states, and its last figures. */
function talk(alice: readonly Heard[], bob: readonly Heard[], ms = 4_000, expects: string | null = null): TraceEvent[] {
  const trace = new TraceBuilder({ media: 'audio' }).at(100).rings('alice/phone', 'bob').at(400).acts('bob/phone', 'accept');
  for (const [state, more] of alice) trace.media('alice/phone', state, more ?? {});
  for (const [state, more] of bob) trace.media('bob/phone', state, more ?? {});
  if (expects !== null) trace.mark('expect', true, expects);
  return trace.after(ms).acts('alice/phone', 'hang up').after(2_000).rests().ends();
}

const up: readonly Heard[] = [
  ['connecting', { stage: 'ice' }],
  ['flowing', { stage: 'rtp', stats: stats() }],
];
const deaf: readonly Heard[] = [['connecting', { stage: 'dtls', stats: stats({ packetsReceived: 0, packetsSent: 149 }) }]];

t.test('sound both ways, or no need for it', async (t) => {
  holds(t, 'media', healthyCall());
  holds(t, 'media', healthyCall({ media: 'none' }));
  holds(t, 'media', talk(up, up));
  holds(t, 'media', talk(deaf, up, 1_000), {});
  holds(t, 'media', talk(deaf, up, 1_000, 'media idle between alice and bob'));
});

t.test('one way only, with who hears whom and the packets of both directions', async (t) => {
  const message =
    /^one-way media: bob hears alice, alice does not hear bob in call c1: .*alice stayed at connecting, dtls was its last stage, alice received 0 of 150 packets that bob sent/;
  const result = catches(t, 'media', talk(deaf, up), message);
  t.match(result.findings[0]?.message, 'bob received 150 of 149 packets that alice sent');
  t.equal(result.findings[0]?.actual, 'alice=connecting bob=flowing');
  catches(t, 'media', talk(up, deaf), /one-way media: alice hears bob, bob does not hear alice/);
  catches(t, 'media', talk(up, []), /bob never began/);
});

t.test('time in which a side was cut off does not count, all other time does', async (t) => {
  const cut = (backAfterMs: number): TraceEvent[] => {
    const trace = new TraceBuilder({ media: 'audio' }).at(100).rings('alice/phone', 'bob').at(400).acts('bob/phone', 'accept');
    trace.media('alice/phone', 'connecting');
    const hit = trace.after(50).add('bob/phone', faultEvent('disconnect', 'hit', { absence: 'until-registered' }));
    trace.after(backAfterMs - 20).add('bob/phone', faultEvent('disconnect', 'healed'), hit);
    trace.after(20).wire('bob/phone', 'in', 'bob/phone', 'welcome', null, null);
    return trace
      .after(4_000 - backAfterMs)
      .acts('alice/phone', 'hang up')
      .after(2_000)
      .rests()
      .ends();
  };
  holds(t, 'media', cut(3_900));
  catches(t, 'media', cut(100), /no media between alice and bob/);
});

t.test('a short talk whose scenario expects media', async (t) => {
  catches(t, 'media', talk(deaf, up, 1_000, 'media flowing between alice and bob within 3s'), /one-way media/);
});

t.test('no sound at all, with the stage that failed', async (t) => {
  const failed: readonly Heard[] = [['failed', { stage: 'ice', message: 'no candidate pair worked' }]];
  catches(
    t,
    'media',
    talk(failed, failed),
    /no media between alice and bob in call c1: alice failed at ice \(no candidate pair worked\)/,
  );
});

t.test('sound that stalled, unless it came back', async (t) => {
  catches(t, 'media', talk([...up, ['stalled', { stage: 'rtp' }]], up), /alice received nothing more from 0\.410 s on/);
  holds(t, 'media', talk([...up, ['stalled'], ['flowing', { stage: 'rtp' }]], up));
});

t.test('a stall of the probe’s own stack is no finding', async (t) => {
  // Who hears the other side has DTLS behind it on both: a stall of that is no excuse for silence the other way.
  const late: readonly Heard[] = [['connecting', { stage: 'dtls', setupStalled: true }]];
  catches(t, 'media', talk(late, up), /one-way media: bob hears alice/);
  wonders(t, 'media', talk(late, up, 900, 'media flowing between alice and bob within 3s'), /stall of the probe's own stack/);
  wonders(t, 'media', talk([['connecting', { stage: 'ice', setupStalled: true }]], up), /stall of the probe's own stack/);
  holds(
    t,
    'media',
    talk(
      [
        ['connecting', { setupStalled: true }],
        ['flowing', { setupStalled: true }],
      ],
      up,
    ),
  );
});

t.test('a trace without any media is unknown', async (t) => {
  wonders(t, 'media', talk([], []), /the media of the probe did not run/);
});

t.test('limits on loss, jitter and delay apply only where they are set', async (t) => {
  const poor: readonly Heard[] = [
    ['flowing', { stage: 'rtp', stats: stats({ packetsReceived: 75, packetsLost: 25, jitterMs: 40, delayMsP50: 300 }) }],
  ];
  holds(t, 'media', talk(poor, up));
  holds(t, 'media', talk(poor, up), { media: { loss: { max: 0.25 }, jitter: { max: 40 }, delay: { max: 300 } } });
  catches(t, 'media', talk(poor, up), /alice loses 25\.0 % of its packets, more than 20\.0 %/, { media: { loss: { max: 0.2 } } });
  catches(t, 'media', talk(poor, up), /alice hears 40\.0 ms of jitter, more than 30\.0 ms/, { media: { jitter: { max: 30 } } });
  catches(t, 'media', talk(poor, up), /alice hears 300\.0 ms of delay, more than 200\.0 ms/, { media: { delay: { max: 200 } } });
  wonders(t, 'media', talk([['flowing', { stage: 'rtp' }]], up), /alice has no media figures/, { media: { loss: { max: 0.2 } } });
});
