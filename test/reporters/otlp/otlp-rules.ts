/** OTLP/JSON as rules over a parsed document: protobuf's mapping to JSON with OpenTelemetry's exceptions, and spans that make sense. */

type Json = Readonly<Record<string, unknown>>;

const SPAN_FIELDS = new Set(
  'traceId spanId traceState parentSpanId flags name kind startTimeUnixNano endTimeUnixNano attributes droppedAttributesCount events droppedEventsCount links droppedLinksCount status'.split(
    ' ',
  ),
);
const VALUE_FIELDS = new Set('stringValue boolValue intValue doubleValue arrayValue kvlistValue bytesValue'.split(' '));

/** Everything that is wrong with an ExportTraceServiceRequest; empty when it holds. */
export function otlpProblems(document: unknown): string[] {
  const problems: string[] = [];
  const tell = (where: string, what: string): void => void problems.push(`${where}: ${what}`);
  const list = (value: unknown, where: string): Json[] => {
    if (Array.isArray(value)) return value as Json[];
    tell(where, 'is no list');
    return [];
  };
  const attributes = (value: unknown, where: string): void => {
    const keys = list(value, where).map(({ key, value: held }) => {
      if (typeof key !== 'string' || key === '') tell(where, 'an attribute without a key');
      anyValue(held, `${where} ${String(key)}`);
      return key;
    });
    if (new Set(keys).size !== keys.length) tell(where, 'an attribute twice');
  };
  const anyValue = (value: unknown, where: string): void => {
    const entries = Object.entries((value ?? {}) as Json);
    const [field, held] = entries[0] ?? ['', null];
    if (entries.length !== 1 || !VALUE_FIELDS.has(field)) tell(where, 'needs exactly one value');
    if (field === 'intValue' && !(typeof held === 'string' && /^-?\d{1,19}$/.test(held))) tell(where, 'an int64 has to be text');
    if (field === 'doubleValue' && typeof held !== 'number') tell(where, 'a double has to be a number');
    if (field === 'stringValue' && typeof held !== 'string') tell(where, 'no text');
    if (field === 'arrayValue') for (const one of list((held as Json)['values'], where)) anyValue(one, where);
  };
  const id = (value: unknown, bytes: number, where: string): void => {
    if (typeof value !== 'string' || !new RegExp(`^[0-9a-f]{${2 * bytes}}$`).test(value) || /^0+$/.test(value))
      tell(where, `${String(value)} is no id of ${bytes} bytes in hexadecimal`);
  };
  const time = (value: unknown, where: string): bigint => {
    if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
    tell(where, 'a fixed64 has to be text');
    return 0n;
  };
  const spans: Json[] = [];
  for (const resourceSpans of list((document as Json)['resourceSpans'], 'resourceSpans')) {
    attributes((resourceSpans['resource'] as Json | undefined)?.['attributes'], 'resource');
    for (const scopeSpans of list(resourceSpans['scopeSpans'], 'scopeSpans')) {
      if (typeof (scopeSpans['scope'] as Json | undefined)?.['name'] !== 'string') tell('scope', 'has no name');
      spans.push(...list(scopeSpans['spans'], 'spans'));
    }
  }
  const known = new Map(spans.map((span) => [`${span['traceId']} ${span['spanId']}`, span]));
  if (known.size !== spans.length) tell('spans', 'an id twice');
  for (const [index, span] of spans.entries()) {
    const where = `span ${index} ${String(span['name'])}`;
    for (const field of Object.keys(span)) if (!SPAN_FIELDS.has(field)) tell(where, `no field ${field}`);
    id(span['traceId'], 16, where);
    id(span['spanId'], 8, where);
    if (typeof span['name'] !== 'string' || span['name'] === '') tell(where, 'has no name');
    if (![1, 2, 3, 4, 5].includes(span['kind'] as number)) tell(where, 'kind has to be the number of the enumeration');
    const [start, end] = [time(span['startTimeUnixNano'], where), time(span['endTimeUnixNano'], where)];
    if (end < start) tell(where, 'ends before it begins');
    attributes(span['attributes'], where);
    const parent = span['parentSpanId'];
    if (parent !== undefined && !known.has(`${span['traceId']} ${parent}`)) tell(where, 'has a parent that is not there');
    for (const event of list(span['events'] ?? [], where)) {
      time(event['timeUnixNano'], where);
      attributes(event['attributes'], where);
    }
    for (const link of list(span['links'] ?? [], where)) {
      if (known.get(`${link['traceId']} ${link['spanId']}`)?.['kind'] !== 4) tell(where, 'is linked to no producer');
    }
    const { code, message } = (span['status'] ?? {}) as Json;
    if (code !== undefined && ![0, 1, 2].includes(code as number)) tell(where, 'the code of its status is no number');
    if (code === 2 && typeof message !== 'string') tell(where, 'does not say what failed');
  }
  for (const trace of new Set(spans.map(({ traceId }) => traceId))) {
    const roots = spans.filter((span) => span['traceId'] === trace && span['parentSpanId'] === undefined);
    if (roots.length !== 1) tell(`trace ${String(trace)}`, `has ${roots.length} roots`);
  }
  return problems;
}
