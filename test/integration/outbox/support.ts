import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Test } from 'tap'
import type { TestDatabase } from '../../helpers/postgres.ts'

/** Resolves once the condition holds; fails the test after so many seconds. */
export async function until(t: Test, what: string, holds: () => unknown, seconds = 15): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await pause(20)
  }
  t.ok(true, what)
}

/** Writes a change of a user as the plugin does: one audit log entry in a transaction of its own. */
export async function change(
  { db }: Pick<TestDatabase, 'db'>,
  userId: string,
  action = 'profile.updated',
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await sql`
    insert into accounts_audit (user_id, action, fields, detail)
    values (${userId}::uuid, ${action}, '{first_name}', ${JSON.stringify(detail)}::jsonb)`.execute(db)
}

export function users(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID())
}

/** How many entries the outbox holds. */
export async function entryCount({ db }: Pick<TestDatabase, 'db'>): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from accounts_outbox`.execute(db)
  return rows[0]?.n ?? 0
}
