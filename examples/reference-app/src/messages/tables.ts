import type { Generated, GeneratedAlways } from 'kysely'
import type { StoreDatabase } from '../store/tables.ts'

/** Messages to people, written once each. Whatever sends mail in your company reads them from here. */
export interface OutboxTable {
  position: GeneratedAlways<string>
  user_id: string
  kind: string
  subject: string
  body: string
  /** What it is about; together with `kind` unique, so that a job that runs twice writes once. */
  about: string
  created_at: Generated<Date>
}

/** The tables that messages are written from and to. */
export interface MessagesDatabase extends StoreDatabase {
  outbox_message: OutboxTable
}
