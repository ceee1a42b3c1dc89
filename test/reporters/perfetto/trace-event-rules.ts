/** The trace-event format as rules over a parsed document: what a viewer needs so that it shows all of it and nothing else. */

type Json = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

/** Everything that is wrong with a document, each with the index of its event; empty when it holds. */
export function traceEventProblems(document: unknown): string[] {
  const problems: string[] = [];
  const { traceEvents, displayTimeUnit } = document as Json;
  if (!Array.isArray(traceEvents)) return ['no traceEvents'];
  if (displayTimeUnit !== 'ms' && displayTimeUnit !== 'ns') problems.push('displayTimeUnit has to be ms or ns');
  const open = new Map<string, { name: string; index: number }[]>();
  const asyncAt = new Map<string, number>();
  const slices = new Map<string, { ts: number; dur: number; index: number }[]>();
  const flows = new Map<string, { ph: string; ts: number; track: string; index: number }[]>();
  const processes = new Set<number>();
  const threads = new Set<string>();
  const used = new Set<string>();
  for (const [index, event] of (traceEvents as Json[]).entries()) {
    const tell = (what: string): void => void problems.push(`event ${index}: ${what}`);
    const { ph, name, pid, tid, ts, cat, id, args } = event;
    if (!isText(ph) || !isText(name) || name === '' || !isWhole(pid) || !isWhole(tid)) {
      tell('needs ph, name, pid and tid');
      continue;
    }
    const track = `${pid}/${tid}`;
    if (ph === 'M') {
      if (name === 'process_name') processes.add(pid);
      if (name === 'thread_name') threads.add(track);
      const key = name.endsWith('_name') ? 'name' : 'sort_index';
      const value = (args as Json | undefined)?.[key];
      if (key === 'name' ? !isText(value) : !isWhole(value)) tell(`${name} needs args.${key}`);
      continue;
    }
    used.add(track);
    if (!isWhole(ts) || ts < 0) tell('ts has to be microseconds, not negative');
    if (!isText(cat) || cat === '') tell('needs a cat');
    if (!isWhole(ts)) continue;
    if (ph === 'X') {
      const { dur } = event;
      if (!isWhole(dur) || dur < 0) tell('dur has to be microseconds');
      else slices.set(track, [...(slices.get(track) ?? []), { ts, dur, index }]);
    } else if (ph === 'b' || ph === 'n' || ph === 'e') {
      if (!isText(id)) tell('an async event needs an id');
      const key = `${cat} ${id}`;
      const stack = open.get(key) ?? [];
      open.set(key, stack);
      if (ts < (asyncAt.get(key) ?? 0)) tell('goes back in time within its id');
      asyncAt.set(key, ts);
      if (ph === 'b') stack.push({ name, index });
      else if (ph === 'n' && stack.length === 0) tell('n outside of its b and e');
      else if (ph === 'e' && stack.pop()?.name !== name) tell(`e "${name}" ends what did not begin last`);
    } else if (ph === 'i') {
      if (!['g', 'p', 't'].includes(String(event['s']))) tell('i needs a scope s');
    } else if (ph === 's' || ph === 't' || ph === 'f') {
      const key = `${cat} ${name} ${id}`;
      flows.set(key, [...(flows.get(key) ?? []), { ph, ts, track, index }]);
    } else tell(`ph ${ph} is not used here`);
  }
  for (const [key, stack] of open)
    for (const { name, index } of stack) problems.push(`event ${index}: b "${name}" of ${key} never ends`);
  for (const [track, list] of slices) {
    let end = 0;
    for (const { ts, dur } of list) {
      if (ts < end) problems.push(`slices overlap, or do not ascend, on track ${track} at ${ts}`);
      end = ts + dur;
    }
  }
  for (const [key, steps] of flows) {
    if (steps[0]?.ph !== 's' || steps.at(-1)?.ph !== 'f' || steps.slice(1, -1).some(({ ph }) => ph !== 't'))
      problems.push(`flow ${key} is ${steps.map(({ ph }) => ph).join('')}, not s, t..., f`);
    for (const { ts, track, index } of steps) {
      // A viewer that reads in order binds it to the slice that is open then: at its end another one may be.
      const bound = (slices.get(track) ?? []).some((slice) => slice.index < index && slice.ts <= ts && ts < slice.ts + slice.dur);
      if (!bound) problems.push(`flow ${key} binds to no slice of ${track} at ${ts}`);
    }
  }
  for (const track of used) {
    if (!threads.has(track)) problems.push(`track ${track} has no thread_name`);
    if (!processes.has(Number(track.split('/')[0]))) problems.push(`process of ${track} has no process_name`);
  }
  return problems;
}
