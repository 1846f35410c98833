import type { TestDatabase } from '../../helpers/postgres.ts'

/** Every row of every table outside of the system's own, as text; by one statement. */
export async function dump({ pool }: TestDatabase): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1`)
  const parts = tables.map(
    ({ name }) => `select '${name}' as name, string_agg(r::text, chr(10) order by r::text) as content from ${name} r`,
  )
  const { rows } = await pool.query<{ name: string; content: string | null }>(parts.join(' union all '))
  return rows.map(({ name, content }) => `${name}\n${content ?? ''}`).join('\n')
}
