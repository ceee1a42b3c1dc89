/** Rate limits: frames and bytes, per connection and for all connections of a user together. */
import type { Limits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import { type Bucket, Buckets, type Rate, take } from './hub/bucket.js';

/** What one connection may still send. */
export interface Meter {
  frames: Bucket;
  bytes: Bucket;
}

export interface Traffic {
  meter(now: Millis): Meter;
  /** Counts a frame of this size; returns the exceeded limit, or null. */
  excess(meter: Meter, user: string | null, bytes: number, now: Millis): string | null;
}

export function createTraffic(limits: Limits): Traffic {
  const frames: Rate = { perSecond: limits.framesPerSecondMax, burst: limits.framesBurstMax };
  const bytesRate: Rate = { perSecond: limits.bytesPerSecondMax, burst: limits.bytesBurstMax };
  const userFrames = new Buckets({ perSecond: limits.userFramesPerSecondMax, burst: limits.userFramesBurstMax });
  const userBytes = new Buckets({ perSecond: limits.userBytesPerSecondMax, burst: limits.userBytesBurstMax });

  return {
    meter: (now) => ({ frames: { level: frames.burst, at: now }, bytes: { level: bytesRate.burst, at: now } }),
    excess(meter, user, bytes, now) {
      const leftFrames = take(meter.frames, frames, 1, now);
      const leftBytes = take(meter.bytes, bytesRate, bytes, now);
      if (leftFrames === null) return sentence('this connection', 'frames', frames);
      if (leftBytes === null) return sentence('this connection', 'bytes', bytesRate);
      meter.frames = leftFrames;
      meter.bytes = leftBytes;
      if (user === null) return null;
      if (!userFrames.take(user, 1, now)) return sentence('this user', 'frames', userFrames.rate);
      if (!userBytes.take(user, bytes, now)) return sentence('this user', 'bytes', userBytes.rate);
      return null;
    },
  };
}

function sentence(who: string, what: string, { perSecond, burst }: Rate): string {
  return `${who} sent more than ${perSecond} ${what} a second, after the first ${burst}`;
}
