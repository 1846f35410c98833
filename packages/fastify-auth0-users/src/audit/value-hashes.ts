import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** The fewest characters that a key of hashes may have. */
export const minValueKeyLength = 32

/** Base64url characters kept of a hash: 132 bits. */
const hashLength = 22

/** Hashes by field; null where there was no value. */
export type FieldHashes = Readonly<Record<string, string | null>>

/** What the fields of an entry held before and after, as hashes. */
export interface ValueHashes {
  readonly before: FieldHashes
  readonly after: FieldHashes
}

/** The value of a field; undefined where there is none. */
export type ValueOf = (field: string) => unknown

/** Hashes what fields of a person held before and after a change. */
export type HashValues = (userId: string, fields: readonly string[], before: ValueOf, after: ValueOf) => ValueHashes

/**
 * What the audit trail holds of a value under `privacy.audit`: HMAC-SHA-256 over the canonical JSON (sorted keys,
 * no spaces) of `[userId, field, value]`, as 22 characters of base64url. Bound to person and field, so that equal
 * values of two people, or of two fields, cannot be recognised as equal.
 *
 * @param key of `privacy.audit`.
 * @param userId the person's `id`.
 * @param field as in the entry's `fields`, for instance `first_name` or `profile_data.phone`.
 * @param value a JSON value.
 */
export function auditValueHash(key: string | KeyObject, userId: string, field: string, value: unknown): string {
  const text = canonicalJson([userId, field, value])
  return createHmac('sha256', key).update(text).digest('base64url').slice(0, hashLength)
}

/** Keeps the key where it is neither enumerated nor logged. */
export function createValueHasher(key: string): HashValues {
  const secret = createSecretKey(key, 'utf8')

  function hashesOf(userId: string, fields: readonly string[], valueIn: ValueOf): FieldHashes {
    return Object.fromEntries(
      fields.map(field => {
        const value = valueIn(field)
        return [field, value === undefined ? null : auditValueHash(secret, userId, field, value)]
      }),
    )
  }

  return (userId, fields, before, after) => ({
    before: hashesOf(userId, fields, before),
    after: hashesOf(userId, fields, after),
  })
}

/** One text for one value: the database keeps no order of keys. */
function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
}
