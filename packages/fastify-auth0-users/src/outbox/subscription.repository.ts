import { type RawBuilder, sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import { outboxShards } from '../db/migrations/0028-outbox.ts'
import type { Names } from '../db/names.ts'
import type { DeadLetter, OutboxSubscriptionState, Place } from './entry.ts'

/** ISO 8601 in UTC, whatever the host's driver makes of a timestamp. */
export const isoText = (column: RawBuilder<unknown>): RawBuilder<string> =>
  sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** Where entries of transactions that still run will stand. */
const horizon = sql`pg_snapshot_xmin(pg_current_snapshot())`

export interface Subscription {
  readonly name: string
  readonly kind: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly disabled: boolean
}

export async function selectSubscriptions(db: DbOrTrx, names: Names): Promise<Subscription[]> {
  const { rows } = await sql<{ name: string; kind: string; settings: string; disabled: boolean }>`
    select name, kind, settings::text as settings, disabled_at is not null as disabled
    from ${names.qualified('outbox_subscription')} order by name`.execute(db)
  return rows.map(row => ({ ...row, settings: JSON.parse(row.settings) as Subscription['settings'] }))
}

export async function isEnabled(db: DbOrTrx, names: Names): Promise<boolean> {
  const { rows } = await sql<{ enabled: boolean }>`select enabled from ${names.qualified('outbox_state')}`.execute(db)
  return rows[0]?.enabled === true
}

/**
 * Switches the outbox on or off. The lock waits for every transaction that has read the old state, so that none of
 * them commits afterwards; it gives up after a second, because new writers wait behind it.
 */
export async function switchOutbox(trx: Trx, names: Names, enabled: boolean): Promise<void> {
  const state = names.qualified('outbox_state')
  await sql`set local lock_timeout = '1s'`.execute(trx)
  await sql`lock table ${state} in access exclusive mode`.execute(trx)
  await sql`set local lock_timeout = 0`.execute(trx)
  await sql`update ${state} set enabled = ${enabled} where enabled <> ${enabled}`.execute(trx)
}

export async function setRetention(db: DbOrTrx, names: Names, seconds: number): Promise<void> {
  await sql`
    update ${names.qualified('outbox_state')} set retention = make_interval(secs => ${seconds})
    where retention <> make_interval(secs => ${seconds})`.execute(db)
}

/** Makes the partitions of the coming days and deletes what is older than the retention; returns how much. */
export async function maintain(db: DbOrTrx, names: Names): Promise<number> {
  const { rows } = await sql<{ removed: string }>`
    select ${names.qualified('outbox_maintain')}()::text as removed`.execute(db)
  return Number(rows[0]?.removed ?? 0)
}

/** False when it was there. Its cursors stand before the entries of every transaction that still runs. */
export async function insertSubscription(trx: Trx, names: Names, name: string, kind: string): Promise<boolean> {
  const { rows } = await sql`
    insert into ${names.qualified('outbox_subscription')} (name, kind) values (${name}, ${kind})
    on conflict do nothing returning name`.execute(trx)
  if (rows.length === 0) return false
  await sql`
    insert into ${names.qualified('outbox_cursor')} (subscription, shard, transaction_id, entry_id)
    select ${name}, shard, ${horizon}, 0 from generate_series(0, ${sql.lit(outboxShards - 1)}) shard`.execute(trx)
  return true
}

export async function updateSettings(
  db: DbOrTrx,
  names: Names,
  name: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql`
    update ${names.qualified('outbox_subscription')} set settings = ${JSON.stringify(settings)}::jsonb
    where name = ${name} and settings <> ${JSON.stringify(settings)}::jsonb`.execute(db)
}

/** Returns whether it was there and not as wanted. */
export async function setDisabled(db: DbOrTrx, names: Names, name: string, disabled: boolean): Promise<boolean> {
  const { rows } = await sql`
    update ${names.qualified('outbox_subscription')}
    set disabled_at = case when ${disabled} then now() end
    where name = ${name} and (disabled_at is not null) <> ${disabled} returning name`.execute(db)
  return rows.length > 0
}

/** Returns whether it was there. */
export async function deleteSubscription(trx: Trx, names: Names, name: string): Promise<boolean> {
  const { rows } = await sql`
    delete from ${names.qualified('outbox_subscription')} where name = ${name} returning name`.execute(trx)
  return rows.length > 0
}

export async function hasSubscription(db: DbOrTrx, names: Names, name: string): Promise<boolean> {
  const { rows } = await sql`
    select from ${names.qualified('outbox_subscription')} where name = ${name}`.execute(db)
  return rows.length > 0
}

/** The first entry at or after a moment; undefined for none. */
export async function selectPlaceAt(db: DbOrTrx, names: Names, moment: Date): Promise<Place | undefined> {
  const { rows } = await sql<Place>`
    select transaction_id::text as transaction_id, '0' as id from ${names.qualified('outbox')}
    where occurred_at >= ${moment.toISOString()}::timestamptz order by transaction_id limit 1`.execute(db)
  return rows[0]
}

/** The place just before an entry; undefined for an unknown entry. */
export async function selectPlaceOf(db: DbOrTrx, names: Names, id: string): Promise<Place | undefined> {
  const { rows } = await sql<Place>`
    select transaction_id::text as transaction_id, (id - 1)::text as id
    from ${names.qualified('outbox')} where id = ${id}::bigint`.execute(db)
  return rows[0]
}

/**
 * Puts a subscription back (or forward) to a place, or to the end where none is given. Leases end, so that a process
 * that works there stops. Users are no longer blocked where the place is before their failed entry.
 */
export async function moveCursors(trx: Trx, names: Names, name: string, place: Place | undefined): Promise<void> {
  const [transaction, entry] =
    place === undefined ? [horizon, sql`0`] : [sql`${place.transaction_id}::xid8`, sql`${place.id}::bigint`]
  await sql`
    update ${names.qualified('outbox_cursor')}
    set transaction_id = ${transaction}, entry_id = ${entry}, lease_owner = null, lease_until = null
    where subscription = ${name}`.execute(trx)
  await sql`
    delete from ${names.qualified('outbox_blocked')}
    where subscription = ${name} and (transaction_id, entry_id) > (${transaction}, ${entry})`.execute(trx)
}

export async function selectDeadLetters(
  db: DbOrTrx,
  names: Names,
  name: string,
  after: string | undefined,
  limit: number,
): Promise<DeadLetter[]> {
  const { rows } = await sql<DeadLetter>`
    select subscription, user_id::text as user_id, entry_id::text as entry_id, attempts, error,
      ${isoText(sql`dead_at`)} as dead_at
    from ${names.qualified('outbox_blocked')}
    where subscription = ${name} and dead_at is not null
      and (${after ?? null}::uuid is null or user_id > ${after ?? null}::uuid)
    order by user_id limit ${limit}`.execute(db)
  return rows
}

/** Lets a dead letter be tried again; returns whether there was one. */
export async function reviveDeadLetter(db: DbOrTrx, names: Names, name: string, userId: string): Promise<boolean> {
  const { rows } = await sql`
    update ${names.qualified('outbox_blocked')} set dead_at = null, attempts = 0, next_at = clock_timestamp()
    where subscription = ${name} and user_id = ${userId}::uuid and dead_at is not null returning user_id`.execute(db)
  return rows.length > 0
}

/** Passes over a dead letter: what comes after it is tried at once; returns whether there was one. */
export async function passDeadLetter(db: DbOrTrx, names: Names, name: string, userId: string): Promise<boolean> {
  const { rows } = await sql`
    update ${names.qualified('outbox_blocked')}
    set dead_at = null, attempts = 0, next_at = clock_timestamp(), entry_id = entry_id + 1
    where subscription = ${name} and user_id = ${userId}::uuid and dead_at is not null returning user_id`.execute(db)
  return rows.length > 0
}

/** Most entries that are counted as waiting. */
const maxCounted = 10_000

export async function selectStates(db: DbOrTrx, names: Names): Promise<OutboxSubscriptionState[]> {
  const [outbox, blocked] = [names.qualified('outbox'), names.qualified('outbox_blocked')]
  const { rows } = await sql<OutboxSubscriptionState>`
    select s.name, s.kind, ${isoText(sql`s.disabled_at`)} as disabled_at, unread.waiting,
      coalesce(greatest(extract(epoch from clock_timestamp() - unread.oldest), 0), 0)::float8 as lag,
      (select count(*)::int from ${blocked} b where b.subscription = s.name and b.dead_at is null) as retrying,
      (select count(*)::int from ${blocked} b where b.subscription = s.name and b.dead_at is not null) as dead_letters
    from ${names.qualified('outbox_subscription')} s, lateral (
      select count(*)::int as waiting, min(e.occurred_at) as oldest
      from ${names.qualified('outbox_cursor')} c, lateral (
        select o.occurred_at from ${outbox} o
        where o.shard = c.shard and (o.transaction_id, o.id) > (c.transaction_id, c.entry_id)
        order by o.transaction_id, o.id limit ${sql.lit(maxCounted / outboxShards)}
      ) e
      where c.subscription = s.name
    ) unread
    order by s.name`.execute(db)
  return rows
}
