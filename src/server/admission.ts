/** Verifies and mints the tokens of users (JWT, HS256, RFC 7519). */
import * as errors from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { NameSchema } from '../protocol/frame-schemas.js';
import { LIMITS } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';

/** The secret of the development mode: public, and therefore for loopback only. */
export const DEVELOPMENT_SECRET = 'call-probe-development-secret-not-for-use-anywhere-else';

/** A shorter secret can be guessed; HS256 needs as many bytes as its digest has (RFC 7518 section 3.2). */
export const SECRET_CHARS_MIN = 32;

const ISSUER = 'call-probe';

/** The user of a valid token and its expiry in milliseconds since the epoch, or why it is invalid. */
export type Admitted =
  | { readonly ok: true; readonly user: string; readonly expiresAt: Millis }
  | { readonly ok: false; readonly message: string };

/** Mints a token for `user` that is valid for `ttlSeconds`; the default outlasts long runs of the probe. */
export async function mintToken(secret: string, user: string, ttlSeconds = 86_400): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(`${ttlSeconds}s`)
    .sign(new TextEncoder().encode(secret));
}

/**
 * Verifies signature, issuer, `exp` and `nbf`, both with `LIMITS.tokenToleranceMs` for clocks that differ, and that the user has a
 * name that the protocol can carry. Never throws; the message names the problem and never contains the token.
 */
export async function admit(secret: string, token: string): Promise<Admitted> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      issuer: ISSUER,
      algorithms: ['HS256'],
      clockTolerance: LIMITS.tokenToleranceMs / 1_000,
    });
    if (typeof payload.sub !== 'string' || payload.sub === '') return { ok: false, message: 'token names no user (claim "sub")' };
    if (!NameSchema.safeParse(payload.sub).success) {
      return {
        ok: false,
        message: `token names a user (claim "sub") with spaces, slashes or over ${LIMITS.nameCharsMax} characters`,
      };
    }
    if (payload.exp === undefined) return { ok: false, message: 'token never expires (claim "exp" is required)' };
    return { ok: true, user: payload.sub, expiresAt: payload.exp * 1_000 + LIMITS.tokenToleranceMs };
  } catch (error) {
    return { ok: false, message: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'token has expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'token is signed with another secret';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'token is not valid yet (claim "nbf")';
    if (error.claim === 'iss') return `token has another issuer (claim "iss" has to be "${ISSUER}")`;
    return `token has an invalid claim "${error.claim.slice(0, 20)}"`;
  }
  return 'token is not from this server';
}
