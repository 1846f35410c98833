import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../db/handle.ts'
import type { Names } from '../db/names.ts'
import type { OutboxEntry, OutboxPayload, Place } from './entry.ts'
import { isoText } from './subscription.repository.ts'

/** Seconds after which the work of a process that says nothing more is taken up by another. */
const leaseSeconds = 7

/** Users of one shard that may wait for a retry; beyond them the shard reads no further. */
const maxRetrying = 100

/** Stands for the user of entries without one. */
export const noUser = '00000000-0000-0000-0000-000000000000'

/** What one process may read of one subscription until it says otherwise. */
export interface Lease {
  readonly subscription: string
  readonly shard: number
  readonly owner: string
}

const leaseUntil = sql`clock_timestamp() + make_interval(secs => ${sql.lit(leaseSeconds)})`

/** The commit is not waited for: after a crash of the server some entries come again. */
const withoutWaiting = sql`set_config('synchronous_commit', 'off', true)`

const isMine = ({ subscription, shard, owner }: Lease): RawBuilder<boolean> =>
  sql<boolean>`subscription = ${subscription} and shard = ${shard} and lease_owner = ${owner}::uuid`

/** Takes a shard that has work and that no process holds, the one that waited longest first. */
export async function claim(
  db: Db,
  names: Names,
  subscription: string,
  owner: string,
): Promise<(Lease & { readonly place: Place }) | undefined> {
  const [outbox, blocked] = [names.qualified('outbox'), names.qualified('outbox_blocked')]
  const { rows } = await sql<{ shard: number; transaction_id: string; entry_id: string }>`
    update ${names.qualified('outbox_cursor')} c set lease_owner = ${owner}::uuid, lease_until = ${leaseUntil}
    where c.subscription = ${subscription} and c.shard = (
      select f.shard from ${names.qualified('outbox_cursor')} f
      where f.subscription = ${subscription} and (f.lease_until is null or f.lease_until < clock_timestamp())
        and (
          exists (
            select from ${blocked} b
            where b.subscription = f.subscription and b.shard = f.shard and b.dead_at is null
              and b.next_at <= clock_timestamp()
          ) or (
            exists (
              select from ${outbox} o
              where o.shard = f.shard and (o.transaction_id, o.id) > (f.transaction_id, f.entry_id)
                and o.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
            ) and ${belowLimit(blocked, sql`f.subscription`, sql`f.shard`)}
          )
        )
      order by f.lease_until nulls first limit 1 for update skip locked
    )
    returning c.shard, c.transaction_id::text as transaction_id, c.entry_id::text as entry_id`.execute(db)
  const row = rows[0]
  if (row === undefined) return undefined
  const place = { transaction_id: row.transaction_id, id: row.entry_id }
  return { subscription, shard: Number(row.shard), owner, place }
}

function belowLimit(blocked: RawBuilder<unknown>, subscription: RawBuilder<unknown>, shard: RawBuilder<unknown>) {
  return sql<boolean>`(
    select count(*) from ${blocked} w where w.subscription = ${subscription} and w.shard = ${shard} and w.dead_at is null
  ) < ${sql.lit(maxRetrying)}`
}

/** Keeps a lease; false when it was lost. */
export async function extend(db: Db, names: Names, lease: Lease): Promise<boolean> {
  const { rows } = await sql`
    update ${names.qualified('outbox_cursor')} set lease_until = ${leaseUntil}
    where ${isMine(lease)} returning ${withoutWaiting}`.execute(db)
  return rows.length > 0
}

/** Gives a lease back. */
export async function release(db: Db, names: Names, lease: Lease): Promise<void> {
  await sql`
    update ${names.qualified('outbox_cursor')} set lease_owner = null, lease_until = clock_timestamp()
    where ${isMine(lease)} returning ${withoutWaiting}`.execute(db)
}

/** An entry, and whether its user waits for an earlier one. */
export interface ReadEntry extends OutboxEntry {
  readonly blocked: boolean
}

interface EntryRow extends Omit<ReadEntry, 'payload'> {
  readonly payload: string
}

const columns = sql`
  o.id::text as id, o.transaction_id::text as transaction_id, ${isoText(sql`o.occurred_at`)} as occurred_at, o.kind,
  o.user_id::text as user_id, o.organization_id::text as organization_id, o.payload::text as payload`

const toEntry = (row: EntryRow): ReadEntry => ({ ...row, payload: JSON.parse(row.payload) as OutboxPayload })

/** The next entries of a shard, none of a transaction that an older one may still go before. */
export async function selectEntries(
  db: Db,
  names: Names,
  lease: Lease,
  after: Place,
  limit: number,
): Promise<ReadEntry[]> {
  const blocked = names.qualified('outbox_blocked')
  const { rows } = await sql<EntryRow>`
    select ${columns}, exists (
      select from ${blocked} b
      where b.subscription = ${lease.subscription} and b.user_id = coalesce(o.user_id, ${noUser}::uuid)
    ) as blocked
    from ${names.qualified('outbox')} o
    where o.shard = ${lease.shard} and (o.transaction_id, o.id) > (${after.transaction_id}::xid8, ${after.id}::bigint)
      and o.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      and ${belowLimit(blocked, sql`${lease.subscription}`, sql`${lease.shard}`)}
    order by o.transaction_id, o.id limit ${limit}`.execute(db)
  return rows.map(toEntry)
}

/** Remembers that all entries up to a place were read; false when the lease was lost. */
export async function acknowledge(db: Db, names: Names, lease: Lease, place: Place): Promise<boolean> {
  const { rows } = await sql`
    update ${names.qualified('outbox_cursor')}
    set transaction_id = ${place.transaction_id}::xid8, entry_id = ${place.id}::bigint, lease_until = ${leaseUntil}
    where ${isMine(lease)} returning ${withoutWaiting}`.execute(db)
  return rows.length > 0
}

/** What becomes of a failed entry. */
export interface Setback {
  readonly attempts: number
  /** Seconds until the next try. */
  readonly pause: number
  readonly dead: boolean
  readonly error: string
}

const deadAt = ({ dead }: Setback): RawBuilder<unknown> => (dead ? sql`clock_timestamp()` : sql`null::timestamptz`)
const nextAt = ({ pause }: Setback): RawBuilder<unknown> => sql`clock_timestamp() + make_interval(secs => ${pause})`

/** Passes an entry that failed and lets later ones of its user wait for it; false when the lease was lost. */
export async function block(
  db: Db,
  names: Names,
  lease: Lease,
  entry: OutboxEntry,
  setback: Setback,
): Promise<boolean> {
  const { rows } = await sql`
    with passed as (
      update ${names.qualified('outbox_cursor')}
      set transaction_id = ${entry.transaction_id}::xid8, entry_id = ${entry.id}::bigint, lease_until = ${leaseUntil}
      where ${isMine(lease)} returning subscription, shard
    )
    insert into ${names.qualified('outbox_blocked')}
      (subscription, user_id, shard, transaction_id, entry_id, attempts, next_at, dead_at, error)
    select subscription, ${entry.user_id ?? noUser}::uuid, shard, ${entry.transaction_id}::xid8, ${entry.id}::bigint,
      ${setback.attempts}, ${nextAt(setback)}, ${deadAt(setback)}, ${setback.error}
    from passed
    on conflict (subscription, user_id) do nothing
    returning user_id`.execute(db)
  return rows.length > 0
}

/** A user whose entry failed. */
export interface Blocked extends Place {
  readonly user_id: string
  readonly attempts: number
}

export async function selectDue(db: Db, names: Names, lease: Lease, limit: number): Promise<Blocked[]> {
  const { rows } = await sql<Blocked>`
    select user_id::text as user_id, attempts, transaction_id::text as transaction_id, entry_id::text as id
    from ${names.qualified('outbox_blocked')}
    where subscription = ${lease.subscription} and shard = ${lease.shard} and dead_at is null
      and next_at <= clock_timestamp()
    order by next_at limit ${limit}`.execute(db)
  return rows
}

/** The first entry of a blocked user from a place on, up to where the shard was read. */
export async function selectHead(
  db: Db,
  names: Names,
  lease: Lease,
  { user_id, transaction_id, id }: Blocked,
): Promise<OutboxEntry | undefined> {
  const ofUser = user_id === noUser ? sql`o.user_id is null` : sql`o.user_id = ${user_id}::uuid`
  const { rows } = await sql<EntryRow>`
    select ${columns}, true as blocked
    from ${names.qualified('outbox')} o, ${names.qualified('outbox_cursor')} c
    where c.subscription = ${lease.subscription} and c.shard = ${lease.shard} and o.shard = c.shard and ${ofUser}
      and (o.transaction_id, o.id) >= (${transaction_id}::xid8, ${id}::bigint)
      and (o.transaction_id, o.id) <= (c.transaction_id, c.entry_id)
    order by o.transaction_id, o.id limit 1`.execute(db)
  const row = rows[0]
  return row === undefined ? undefined : toEntry(row)
}

/** The failed entry is handled, what follows it is next; false when the lease was lost. */
export async function advanceBlocked(
  db: Db,
  names: Names,
  lease: Lease,
  userId: string,
  done: Place,
): Promise<boolean> {
  const { rows } = await sql`
    update ${names.qualified('outbox_blocked')}
    set transaction_id = ${done.transaction_id}::xid8, entry_id = ${done.id}::bigint + 1, attempts = 0,
      next_at = clock_timestamp(), error = ''
    where subscription = ${lease.subscription} and user_id = ${userId}::uuid and ${stillMine(names, lease)}
    returning ${withoutWaiting}`.execute(db)
  return rows.length > 0
}

/** The failed entry failed again. */
export async function setBack(
  db: Db,
  names: Names,
  lease: Lease,
  userId: string,
  head: Place,
  setback: Setback,
): Promise<void> {
  await sql`
    update ${names.qualified('outbox_blocked')}
    set transaction_id = ${head.transaction_id}::xid8, entry_id = ${head.id}::bigint, attempts = ${setback.attempts},
      next_at = ${nextAt(setback)}, dead_at = ${deadAt(setback)}, error = ${setback.error}
    where subscription = ${lease.subscription} and user_id = ${userId}::uuid and ${stillMine(names, lease)}`.execute(db)
}

/** Nothing of the user waits any more. */
export async function unblock(db: Db, names: Names, lease: Lease, userId: string): Promise<void> {
  await sql`
    delete from ${names.qualified('outbox_blocked')}
    where subscription = ${lease.subscription} and user_id = ${userId}::uuid and ${stillMine(names, lease)}`.execute(db)
}

const stillMine = (names: Names, lease: Lease): RawBuilder<boolean> =>
  sql<boolean>`exists (select from ${names.qualified('outbox_cursor')} where ${isMine(lease)})`
