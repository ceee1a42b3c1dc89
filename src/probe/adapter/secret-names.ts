/** Names of what must not be published: columns of credentials, and values that a dialect captures. */

export const SECRET_NAME = /token|pass|secret|key|jwt|auth|cred|pin\b|cookie|session|ticket/i;
