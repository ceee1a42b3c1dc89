/** The part of a trace that is the scenario's own, in order of time. */
import { eventsOf, type TraceEvent, type WireEvent } from '../trace/event.js';

/**
 * The events up to the tear-down: what follows is the probe's own tidying up and its check that the pair can call
 * again. Messages that were under way at that moment are read later, and their arrival is kept: they are not lost.
 */
export function storyOf(events: readonly TraceEvent[]): TraceEvent[] {
  const inTime = [...events].sort((a, b) => a.at - b.at || a.n - b.n);
  const over = inTime.findIndex((event) => event.type === 'mark' && event.name === 'teardown');
  if (over === -1) return inTime;
  const story = inTime.slice(0, over);
  const key = ({ link, digest }: WireEvent): string => `${link} ${digest}`;
  const underWay = new Set(eventsOf(story, 'wire').flatMap((event) => (event.dir === 'out' ? [key(event)] : [])));
  for (const event of eventsOf(story, 'wire')) if (event.dir === 'in') underWay.delete(key(event));
  const arrived = eventsOf(inTime.slice(over), 'wire').filter((event) => event.dir === 'in' && underWay.has(key(event)));
  return [...story, ...arrived];
}
