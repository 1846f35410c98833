import { type RawBuilder, sql } from 'kysely'
import { defaultPrefix, type TableOptions } from './handle.ts'

/** The identifiers of our tables and of what belongs to them, for statements written as SQL. */
export interface Names {
  readonly schema: string | undefined
  readonly prefix: string
  /** `schema.accounts_user` for `user`, quoted. Also names functions. */
  qualified(name: string): RawBuilder<unknown>
  /** `accounts_user_email_key` for `user_email_key`, quoted and without schema: indexes, triggers. */
  local(name: string): RawBuilder<unknown>
  /** The same without quotes, for looking up in the catalogue of the database. */
  plain(name: string): string
}

export function tableIdentifiers(options: TableOptions = {}): Names {
  const { schema, prefix = defaultPrefix } = options
  const plain = (name: string): string => prefix + name
  return {
    schema,
    prefix,
    plain,
    qualified: name => (schema === undefined ? sql.id(plain(name)) : sql.id(schema, plain(name))),
    local: name => sql.id(plain(name)),
  }
}
