import { FrozenSet } from '../lib/frozen-set.ts'
import { isScopeToken } from '../lib/scope-token.ts'

/** The scopes of a credential without any. */
export const noScopes: ReadonlySet<string> = new FrozenSet()

/**
 * Reads a `scope` claim: a string of names with white space between them, or a list of names. Anything else holds
 * none, and so does what is not a scope-token (RFC 6749 §3.3).
 */
export function readScopes(claim: unknown): ReadonlySet<string> {
  const names: readonly unknown[] = typeof claim === 'string' ? claim.split(/[ \t\r\n]+/) : asList(claim)
  const usable = names.filter(name => typeof name === 'string' && isScopeToken(name)) as string[]
  return usable.length === 0 ? noScopes : new FrozenSet(usable)
}

function asList(claim: unknown): readonly unknown[] {
  return Array.isArray(claim) ? claim : []
}
