import { usageFault } from '../failure.ts'
import type { Report } from '../terminal.ts'

/** The options of `policies`. */
export interface PoliciesOptions {
  readonly table: readonly string[]
  readonly column: string
  readonly sql?: boolean
}

/** The name of the policy on each table. */
export const policyName = 'organization_rows'

/** The organization of the transaction; null, which equals nothing, where none is set. */
const current = "(select nullif(current_setting('app.organization_id', true), '')::uuid)"

const identifier = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/

/** A migration that lets each transaction see and write the rows of its organization only. Throws a usage fault. */
export function policies({ table: tables, column, sql = false }: PoliciesOptions): Report {
  if (!identifier.test(column)) throw usageFault('--column must be a PostgreSQL column name')
  const names = tables.map(quoted)
  const up = names.flatMap(name => statementsOf(name, `"${column}"`))
  const down = names.flatMap(name => [
    `drop policy ${policyName} on ${name}`,
    `alter table ${name} no force row level security`,
    `alter table ${name} disable row level security`,
  ])
  const lines = sql ? ['begin;', ...up.map(one => `${one};`), 'commit;'] : kyselyMigration(up, down)
  return { ok: true, lines, fields: { tables, column, up, down } }
}

function statementsOf(table: string, column: string): string[] {
  const own = `(${column} = ${current})`
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy ${policyName} on ${table} using ${own} with check ${own}`,
  ]
}

function kyselyMigration(up: readonly string[], down: readonly string[]): string[] {
  const run = (statements: readonly string[]): string[] => statements.map(one => `  await sql\`${one}\`.execute(db)`)
  return [
    "import { type Kysely, sql } from 'kysely'",
    '',
    'export async function up(db: Kysely<unknown>): Promise<void> {',
    ...run(up),
    '}',
    '',
    'export async function down(db: Kysely<unknown>): Promise<void> {',
    ...run(down),
    '}',
  ]
}

/** `orders` or `shop.orders`, quoted. */
function quoted(name: string): string {
  const parts = name.split('.')
  if (parts.length > 2 || !parts.every(part => identifier.test(part))) {
    throw usageFault('--table must be the name of a PostgreSQL table, such as orders or shop.orders')
  }
  return parts.map(part => `"${part}"`).join('.')
}
