import { createHash } from 'node:crypto'
import { defaultPrefix } from './handle.ts'

/**
 * The channel on which the database tells of changes (`LISTEN`), by where the tables live. Lower-case
 * letters, digits and `_` only, at most 63 bytes, so that it needs no quoting.
 *
 * A payload is `*` (anybody may have changed) or ids of `accounts_user` with commas between them.
 */
export function changeChannel(
  tables: { readonly schema?: string | undefined; readonly prefix?: string | undefined } = {},
): string {
  const { schema, prefix = defaultPrefix } = tables
  if (schema === undefined) return `${prefix}changed`
  return `${prefix}changed_${createHash('sha256').update(schema).digest('hex').slice(0, 12)}`
}
