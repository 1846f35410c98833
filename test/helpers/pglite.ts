import { PGlite } from '@electric-sql/pglite'
import { Kysely } from 'kysely'
import { PGliteDialect } from 'kysely-pglite-dialect'
import type { Test } from 'tap'
import { migrate } from '#plugin/db/migrate.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'

/** PostgreSQL compiled to WebAssembly, in this process, migrated; closed at the end of `t`. Takes some 5 s of CPU. */
export async function pgliteDatabase(t: Test): Promise<{ db: Kysely<Auth0UsersTables>; pglite: PGlite }> {
  const pglite = await PGlite.create()
  const db = new Kysely<Auth0UsersTables>({ dialect: new PGliteDialect(pglite) })
  t.teardown(() => db.destroy())
  await migrate(db)
  return { db, pglite }
}
