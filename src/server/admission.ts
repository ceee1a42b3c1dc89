/** Who may connect: verifies and mints the tokens of users (JWT, HS256, RFC 7519). */
import { errors, jwtVerify, SignJWT } from 'jose';

/** The secret of the development mode: public, so good for loopback only. */
export const DEVELOPMENT_SECRET = 'call-probe-development-secret-not-for-use-anywhere-else';

const ISSUER = 'call-probe';

/** The user of a valid token, or why it is none. */
export type Admitted = { readonly ok: true; readonly user: string } | { readonly ok: false; readonly message: string };

/** Mints a token for `user` that is valid for `ttlSeconds`. */
export async function mintToken(secret: string, user: string, ttlSeconds = 3600): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(`${ttlSeconds}s`)
    .sign(new TextEncoder().encode(secret));
}

/** Verifies a token. Never throws; the message names what is wrong and never repeats the token. */
export async function admit(secret: string, token: string): Promise<Admitted> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { issuer: ISSUER, algorithms: ['HS256'] });
    if (typeof payload.sub !== 'string' || payload.sub === '') return { ok: false, message: 'token names no user (claim "sub")' };
    return { ok: true, user: payload.sub };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { ok: false, message: 'token has expired' };
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return { ok: false, message: 'token is signed with another secret' };
    return { ok: false, message: 'token is not one of this server' };
  }
}
