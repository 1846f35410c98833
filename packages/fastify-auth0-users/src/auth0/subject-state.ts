import type { MappedFields } from '../claims/mapping.ts'

/**
 * What messages said of an identity so far. Every part remembers the order of the message it comes from, so the
 * state depends on which messages came, not on their sequence.
 */
export interface SubjectState {
  /** Of the newest message about the user. */
  readonly present: string | null
  readonly deleted: string | null
  /** The identity was taken from a person who has others. */
  readonly unlinked: boolean
  /**
   * By field: `email` (with its verification), `first_name`, `last_name`, that they are
   * `blocked`; and the time of a `token`.
   */
  readonly fields: Readonly<Record<string, string>>
  readonly blocked: boolean
  readonly blockedOrder: string | null
  /** The person is inactive because of what messages said. */
  readonly deactivated: boolean
}

export const unheardOf: SubjectState = {
  ...{ present: null, deleted: null, unlinked: false, fields: {}, blocked: false, blockedOrder: null },
  deactivated: false,
}

export function isNewer(order: string, than: string | null | undefined): boolean {
  return than === null || than === undefined || order > than
}

export function isDeleted({ present, deleted }: SubjectState): boolean {
  return deleted !== null && isNewer(deleted, present)
}

export function withBlocked(given: SubjectState, order: string, blocked: boolean | undefined): SubjectState {
  const state = blocked === true && isNewer(order, given.fields['blocked']) ? withOrder(given, 'blocked', order) : given
  return blocked !== undefined && isNewer(order, state.blockedOrder)
    ? { ...state, blocked, blockedOrder: order }
    : state
}

function withOrder(state: SubjectState, what: string, order: string): SubjectState {
  return { ...state, fields: { ...state.fields, [what]: order } }
}

export function withPresent(state: SubjectState, order: string): SubjectState {
  return isNewer(order, state.present) ? { ...state, present: order } : state
}

/**
 * Remembers when claims of a token were applied: later than every message, `claimsIssuedAt` (milliseconds) of the row is
 * that of a token, for messages move it too.
 */
export function withToken(state: SubjectState, claimsIssuedAt: number): SubjectState {
  const newest = state.present === null ? 0 : secondOf(state.present)
  if (claimsIssuedAt <= newest) return state
  return withOrder(state, 'token', String(claimsIssuedAt))
}

/** Those fields of a message that neither a newer message nor a newer token contained. */
export function newerFields(
  { fields }: SubjectState,
  { order, time }: { readonly order: string; readonly time: number },
  { email, email_verified, first_name, last_name }: MappedFields,
): MappedFields {
  const newer: MappedFields = {}
  if (toSecond(time) < Number(fields['token'] ?? 0)) return newer
  if (email !== undefined && isNewer(order, fields['email'])) {
    newer.email = email
    if (email_verified !== undefined) newer.email_verified = email_verified
  }
  if (first_name !== undefined && isNewer(order, fields['first_name'])) newer.first_name = first_name
  if (last_name !== undefined && isNewer(order, fields['last_name'])) newer.last_name = last_name
  return newer
}

export function withFields(state: SubjectState, order: string, told: MappedFields): SubjectState {
  const columns = Object.keys(told).filter(column => column !== 'email_verified')
  if (columns.length === 0) return state
  return { ...state, fields: { ...state.fields, ...Object.fromEntries(columns.map(column => [column, order])) } }
}

/** Tokens carry whole seconds, and are compared with these times. */
export function toSecond(time: number): number {
  return Math.floor(time / 1000) * 1000
}

/** The time of the message behind an order, in whole seconds, as milliseconds. */
export function secondOf(order: string): number {
  return toSecond(Number(order.split('.', 1)[0]))
}
