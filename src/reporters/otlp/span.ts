/** OTLP/JSON as the OpenTelemetry protocol maps its protobuf to JSON: 64-bit numbers as text, ids as hexadecimal, enumerations as numbers. */
import { digest } from '../../protocol/rng.js';

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  /** int64: as text. */
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } };

/** opentelemetry.proto.trace.v1.Span.SpanKind */
export const SPAN_KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
/** opentelemetry.proto.trace.v1.Status.StatusCode; what did not fail is left unset, as instrumentation should. */
export const STATUS_ERROR = 2;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Absent in the root. */
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: (typeof SPAN_KIND)[keyof typeof SPAN_KIND];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events?: readonly { readonly timeUnixNano: string; readonly name: string; readonly attributes: readonly KeyValue[] }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: readonly KeyValue[] }[];
  readonly status: { readonly code?: typeof STATUS_ERROR; readonly message?: string };
}

export interface ExportTraceServiceRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly Span[];
      readonly schemaUrl: string;
    }[];
    readonly schemaUrl: string;
  }[];
}

type Attribute = string | number | boolean | null | undefined | readonly (string | number)[];

/** Attributes in their order; null and undefined are left out. */
export function attributesOf(values: Readonly<Record<string, Attribute>>): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]): KeyValue[] => {
    if (value === null || value === undefined) return [];
    if (typeof value === 'object') return [{ key, value: { arrayValue: { values: value.map(anyValueOf) } } }];
    return [{ key, value: anyValueOf(value) }];
  });
}

function anyValueOf(value: string | number | boolean): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Milliseconds since the epoch, with microseconds, as nanoseconds in text. */
export function unixNano(wallMs: number): string {
  return String(BigInt(Math.max(0, Math.round(wallMs * 1_000))) * 1_000n);
}

/** 16 bytes from what names the trace: the same run has the same ids. */
export function traceIdOf(key: string): string {
  return notZero(digest(`trace ${key}`) + digest(`${key} trace`));
}

/** 8 bytes, not yet in `taken`, which it joins. */
export function spanIdOf(key: string, taken: Set<string>): string {
  for (let draw = 0; ; draw++) {
    const id = notZero(digest(draw === 0 ? key : `${key} ${draw}`));
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}

/** An id of zeros alone means "none". */
function notZero(id: string): string {
  return /[1-9a-f]/.test(id) ? id : `${id.slice(1)}1`;
}
