/** The schema of the JSON report, field by field as in `RunReport`; a test lets the compiler compare both. */
import * as z from 'zod';
import { CAUSES } from '../../judge/causes/diagnosis.js';
import type { JsonSchema } from '../language/schema.js';
import { REPORT_SCHEMA } from './result.js';

const status = z.enum(['passed', 'failed', 'unknown', 'skipped']);
const count = z.number().int().min(0);
const ms = z.number().describe('milliseconds');
const verdict = z.union([z.boolean(), z.literal('unknown')]);
const eventNumbers = z.array(z.number().int()).describe('numbers (n) of events in the trace');

const redial = z
  .literal(true)
  .exactOptional()
  .describe('set when it is about the redial, the second call between the same users');

const agent = z.strictObject({
  state: z.string(),
  reason: z.string().nullable(),
  call: z.string().nullable(),
  version: z.number().nullable(),
  timerStartedAt: z.number().nullable().describe('server time in milliseconds; null when no timer ran at the end'),
  media: z.string(),
});

const check = z.strictObject({
  name: z.string(),
  valid: verdict,
  message: z.string(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
  evidence: eventNumbers,
  repetition: count,
  path: z.string().exactOptional().describe('YAML path of its step'),
  line: z.number().int().min(1).exactOptional().describe("that step's line in the file"),
  redial,
});

const timing = z
  .strictObject({
    count: count.describe('includes timings that never happened'),
    never: count,
    min: ms.nullable(),
    p50: ms.nullable(),
    p95: ms.nullable(),
    p99: ms.nullable(),
    max: ms.nullable(),
  })
  .describe('over all repetitions, in milliseconds; a percentile among timings that never happened is null');

const diagnosis = z.strictObject({
  code: z.enum(CAUSES),
  hop: z.string().describe('the hop: server, a device, a link, or probe'),
  call: z.string().nullable(),
  confidence: z.number().min(0).max(1),
  title: z.string().default('').describe('the bug as one claim; diagnoses of the same cause with the same title are one finding'),
  proof: z.array(z.string()).default([]).describe('what proves it, sentence by sentence'),
  lookAt: z.string().nullable().default(null).describe('what to look at in the code of the one that is at fault'),
  summary: z.string(),
  evidence: eventNumbers,
  lines: z.array(z.string()).describe('the events of evidence as one line of text each'),
  ruledOutBy: z.string().nullable(),
  redial,
});

const repetition = z.strictObject({
  repetition: count,
  seed: z.string(),
  status,
  durationMs: ms,
  trace: z.string().nullable().describe('path of the trace file'),
  mediaSetups: count,
  mediaSetupsStalled: count.describe("by the probe's own stack"),
  acceptToConnectedMs: ms.nullable(),
  attempts: z.number().int().min(1),
  earlier: z
    .array(z.strictObject({ attempt: z.number().int().min(1), status, message: z.string() }))
    .describe('earlier attempts; the last one counts'),
  diagnoses: z.array(count).describe("indices into the scenario's diagnoses"),
});

const scenario = z.strictObject({
  name: z.string(),
  file: z.string().nullable(),
  line: z.number().int().min(1).nullable().describe("of the scenario's name in its file"),
  tags: z.array(z.string()),
  status,
  why: z.string().nullable().describe('why it was skipped or is unknown'),
  seed: z.string(),
  durationMs: ms,
  trace: z.string().nullable().describe('of the first repetition that did not pass, or of the first'),
  agents: z.record(z.string(), agent).describe('final state of each device, in the repetition of trace'),
  steps: count.default(0).describe('steps and expectations that ran in the repetition of trace'),
  checks: z.array(check),
  timings: z.record(z.string(), timing),
  diagnoses: z.array(diagnosis),
  repetitions: z.array(repetition),
  replay: z.string().describe('the command that runs it again'),
  limits: z.array(z.string()).exactOptional().describe('codes of the declared limits that took part; absent without any'),
  unmapped: z
    .record(z.string(), z.int())
    .exactOptional()
    .describe('unmapped messages of a foreign target: count by name; absent without any'),
  halfTold: z
    .record(z.string(), z.int())
    .exactOptional()
    .describe('partial messages of a foreign target of which the rest was missing: count by missing part'),
});

const finding = z.strictObject({
  code: z.string().describe('the cause, or the check that failed where no cause was found'),
  title: z.string().describe('the bug as one claim'),
  role: z.enum(['server', 'device', 'link', 'probe']).nullable().describe('of the hop; null where no cause was found'),
  hop: z.string().nullable().describe('the hop in the scenario that shows it'),
  confidence: z.number().min(0).max(1).nullable(),
  proof: z.array(z.string()).describe('what proves it, sentence by sentence'),
  lookAt: z.string().nullable().describe('what to look at in the code of the one that is at fault'),
  scenario: z.string().describe('the shortest scenario that shows it'),
  file: z.string().nullable(),
  repetitions: count.describe('repetitions of that scenario that show it'),
  isRedial: z.boolean().describe('whether that scenario shows it only at the redial'),
  others: z.array(z.string()).describe('names of the other scenarios that show it'),
  redials: count.describe('how many of all of them show it only at the redial'),
  replay: z.string().describe('the command that runs that scenario again'),
  alternatives: z
    .array(diagnosis.pick({ code: true, hop: true, title: true, confidence: true, ruledOutBy: true }))
    .describe('other causes that the evidence leaves open'),
});

const limit = z.strictObject({
  code: z.string(),
  text: z.string().describe('the limit as one sentence'),
  scenarios: z.array(z.string()).describe('names of the scenarios that --ignore-limits would judge in full'),
});

const lastMessage = z.strictObject({
  node: z.string().describe('the device that wrote or read it'),
  dir: z.enum(['out', 'in']),
  kind: z.string(),
  name: z.string().nullable().describe("the target's own name of it"),
  beforeMs: ms.describe('milliseconds from it to the end of the connections'),
  fault: z.string().nullable().describe("the probe's fault that struck it"),
  isHostile: z.boolean().describe('whether a hostile agent sent it'),
});

const outage = z.strictObject({
  at: z.string().describe('ISO 8601'),
  afterMs: ms.describe('milliseconds since the run began'),
  scenario: z.string(),
  file: z.string().nullable(),
  repetition: count,
  intoMs: ms.nullable().describe('milliseconds into that repetition; null if it had not begun and ran again'),
  ended: z.string().nullable().describe('the previous scenario, if the running one had not begun'),
  error: z.string().describe('the result of the health check'),
  last: z.array(lastMessage).describe('messages right before, the latest one last'),
  awayMs: ms.nullable().describe('until a log-in succeeded again; null if none did'),
});

export const reportSchema = z.strictObject({
  schema: z.literal(REPORT_SCHEMA),
  version: z.string(),
  seed: z.string(),
  target: z.string(),
  defects: z.array(z.string()),
  startedAt: z.string().describe('ISO 8601'),
  durationMs: ms,
  exitCode: z.number().int(),
  interrupted: z.boolean(),
  redacted: z.boolean().describe('whether names and secrets were replaced'),
  summary: z.strictObject({
    scenarios: count,
    passed: count,
    failed: count,
    unknown: count,
    skipped: count,
    mediaSetups: count,
    mediaSetupsStalled: count,
  }),
  scenarios: z.array(scenario),
  findings: z.array(finding).default([]).describe('what the failed scenarios show, each bug once'),
  limits: z.array(limit).default([]).describe('declared limits of the target that took part in this run'),
  outages: z.array(outage).exactOptional().describe('outages of the target; absent without any'),
  stopped: z.string().exactOptional().describe('why the rest was not run, if the target did not come back'),
});

/** The JSON Schema of the report, for programs that read it. */
export function reportJsonSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(reportSchema, { target: 'draft-2020-12' });
  return { $schema, title: 'call-probe report', ...rest };
}
