import { type RawBuilder, sql } from 'kysely'
import { foldAddress } from '../lib/address.ts'

/**
 * What addresses are compared by, as SQL over the column `email`: the expression of the unique index
 * `accounts_user_address_key`, which holds rows with an address only (`addressPresentSql`).
 */
export const addressKeySql = 'lower(email collate "C")'

/** The predicate of that index: an empty text is not an address. */
export const addressPresentSql = `email <> ''`

/** The key of an address column. */
export function addressKey(column = 'email'): RawBuilder<string> {
  return sql<string>`lower(${sql.ref(column)} collate "C")`
}

/** Whether a column holds this address; the unique index finds it. */
export function isAddressOf(email: string, column = 'email'): RawBuilder<boolean> {
  return sql<boolean>`(${addressKey(column)} = ${foldAddress(email)}::text and ${sql.ref(column)} <> '')`
}
