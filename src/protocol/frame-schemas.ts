/** The frames of `callsync.v1` as schemas: they validate what arrives and make the published document. `frames.ts` has the types. */
import { z } from 'zod';
import { COMMANDS, MOVES, PHASES } from './call.js';
import type { ClientFrame, ServerFrame } from './frames.js';
import { LIMITS } from './limits.js';
import { END_REASONS, REFUSALS, type Refusal } from './reasons.js';

const id = z
  .string()
  .min(1)
  .max(LIMITS.idCharsMax)
  .regex(/^[\w.:~-]+$/);
/** A user or a device. */
export const NameSchema = z
  .string()
  .min(1)
  .max(LIMITS.nameCharsMax)
  .regex(/^[^\s/\p{Cc}]+$/u);
const seq = z.int().min(1);
const ack = z.int().min(0);
const time = z.number().min(0);
const version = z.int().min(1);
const address = z.object({ user: NameSchema, device: NameSchema });

export const CallRecordSchema = z
  .object({
    id,
    version,
    phase: z.enum(PHASES),
    caller: address,
    callee: z.object({ user: NameSchema, device: NameSchema.nullable() }),
    invitedAt: time,
    ringingAt: time.nullable(),
    answeredAt: time.nullable(),
    endedAt: time.nullable(),
    reason: z.enum(END_REASONS).nullable(),
    endedBy: address.nullable(),
  })
  .describe('The whole truth about one call; a replica applies it only when its version is higher.');

const description = z.object({ type: z.enum(['offer', 'answer']), sdp: z.string().max(LIMITS.sdpCharsMax) });
const candidate = z.object({ candidate: z.string().max(LIMITS.candidateCharsMax), sdpMid: z.string().max(LIMITS.idCharsMax) });
const signalBody = { call: id, kind: z.enum(['description', 'candidate']), data: z.union([description, candidate]) };

const numbered = { seq, ack: ack.optional() };

export const HelloSchema = z.object({
  type: z.literal('hello'),
  token: z.string().min(1).max(LIMITS.tokenCharsMax),
  device: NameSchema,
  resume: z.object({ session: id, ack }).optional().describe('The session to go on with, and the last number received in it.'),
});
export const CommandSchema = z.object({
  type: z.literal('command'),
  ...numbered,
  id: id.describe('Chosen by the client; the same id gets the same result however often it is sent.'),
  op: z.enum(COMMANDS),
  call: id,
  to: NameSchema.optional().describe('The user to call; only with invite.'),
});
export const ClientSignalSchema = z.object({ type: z.literal('signal'), ...numbered, ...signalBody });
export const ClientReceiptSchema = z.object({ type: z.literal('receipt'), ...numbered, call: id, version });
export const AckSchema = z.object({ type: z.literal('ack'), ack });
export const PingSchema = z.object({ type: z.literal('ping'), at: time, ack: ack.optional() });

export const WelcomeSchema = z.object({
  type: z.literal('welcome'),
  session: id,
  resumed: z.boolean(),
  ack: ack.describe('The last number that the server received in this session.'),
  time: time.describe('Server time, milliseconds.'),
  heartbeatMs: z.number().positive(),
  calls: z.array(CallRecordSchema).max(LIMITS.welcomeCallsMax),
});
export const ResultSchema = z.object({
  type: z.literal('result'),
  ...numbered,
  id,
  ok: z.boolean(),
  refused: z.enum(Object.keys(REFUSALS) as [Refusal, ...Refusal[]]).nullable(),
  record: CallRecordSchema.nullable().describe('The call as it is after the command, also when it was refused.'),
});
export const CauseSchema = z.object({
  move: z.enum(['invite', ...MOVES]),
  by: address.nullable().describe('The device whose command it was; null for the server.'),
  command: id.nullable(),
});
export const EventSchema = z.object({ type: z.literal('event'), ...numbered, record: CallRecordSchema, cause: CauseSchema });
export const ServerSignalSchema = z.object({ type: z.literal('signal'), ...numbered, from: address, ...signalBody });
export const ServerReceiptSchema = z.object({ type: z.literal('receipt'), ...numbered, call: id, version, device: address });
export const PongSchema = z.object({ type: z.literal('pong'), at: time, time, ack: ack.optional() });
export const ErrorSchema = z.object({ type: z.literal('error'), code: z.int(), message: z.string().max(500) });

export const ClientFrameSchema = z.discriminatedUnion('type', [
  HelloSchema,
  CommandSchema,
  ClientSignalSchema,
  ClientReceiptSchema,
  AckSchema,
  PingSchema,
]);
export const ServerFrameSchema = z.discriminatedUnion('type', [
  WelcomeSchema,
  ResultSchema,
  EventSchema,
  ServerSignalSchema,
  ServerReceiptSchema,
  AckSchema,
  PongSchema,
  ErrorSchema,
]);

type ReadonlyDeep<T> = T extends object ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> } : T;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile where a schema and the type of its frame differ. */
export const TYPES_AGREE: readonly [
  Same<ReadonlyDeep<z.infer<typeof ClientFrameSchema>>, ClientFrame>,
  Same<ReadonlyDeep<z.infer<typeof ServerFrameSchema>>, ServerFrame>,
] = [true, true];
