import { sql } from 'kysely'
import t from 'tap'
import { migrate } from '#plugin/db/migrations/index.js'
import { pgliteDatabase } from '../../helpers/pglite.ts'
import type { TestDatabase } from '../../helpers/postgres.ts'
import { provisioningSuite } from './provisioning-suite.ts'

/*
 * The same promises on PGlite, PostgreSQL compiled to WebAssembly: one instance, and a schema of
 * its own for each test. What PGlite cannot do, and so is tested on a server alone: several processes
 * or connections on one database (it has one session), and going away and coming back.
 */
const { db } = await pgliteDatabase(t)
let schemas = 0

provisioningSuite(t, async () => {
  schemas += 1
  const tables = { schema: `place_${schemas}` }
  await sql`create schema ${sql.id(tables.schema)}`.execute(db)
  await migrate(db, tables)
  return { database: { db: db.withSchema(tables.schema) } as TestDatabase, tables }
})
