import { type Kysely, sql, type Transaction } from 'kysely'
import type { MessagesDatabase } from './tables.ts'

type Db = Kysely<MessagesDatabase>

export interface Message {
  readonly user_id: string
  readonly kind: 'welcome' | 'decision' | 'licence_expired' | 'licence_expires_soon'
  readonly subject: string
  readonly body: string
  /** The id of what it is about. */
  readonly about: string
}

/** Writes a message unless it was written before. */
export async function insertMessage(db: Db, message: Message): Promise<void> {
  await insertMessages(db, [message])
}

export async function insertMessages(db: Db, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return
  await db
    .insertInto('outbox_message')
    .values(messages)
    .onConflict(conflict => conflict.columns(['kind', 'about']).doNothing())
    .execute()
}

/** For the export: all of one person, oldest first. */
export function selectMessages(trx: Transaction<MessagesDatabase>, userId: string) {
  return trx
    .selectFrom('outbox_message')
    .select(['kind', 'subject', 'body', 'created_at'])
    .where('user_id', '=', userId)
    .orderBy('position')
    .execute()
}

export async function deleteMessages(trx: Transaction<MessagesDatabase>, userId: string): Promise<void> {
  await trx.deleteFrom('outbox_message').where('user_id', '=', userId).execute()
}

/** Deletes messages older than so many days; resolves to their number. */
export async function deleteOld(db: Db, days: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('outbox_message')
    .where('created_at', '<', sql<Date>`now() - make_interval(days => ${days})`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

export async function moveMessages(trx: Transaction<MessagesDatabase>, from: string, into: string): Promise<void> {
  await trx.updateTable('outbox_message').set({ user_id: into }).where('user_id', '=', from).execute()
}
