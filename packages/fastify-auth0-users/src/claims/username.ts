import { createHash } from 'node:crypto'

/** Turns a `sub` into a display name. */
export type UsernameRule = (subject: string) => string

/** The Django system's rule: `auth0|123` becomes `auth0.123`. */
export const pipeToDot: UsernameRule = subject => subject.replaceAll('|', '.')

/**
 * The name of the second identity that the rule maps to a taken name (`auth0|a|b` and `auth0|a.b`):
 * the same for the same `sub` wherever and whenever it is computed.
 */
export function distinctUsername(username: string, subject: string): string {
  return `${username}~${createHash('sha256').update(subject).digest('hex').slice(0, 10)}`
}
