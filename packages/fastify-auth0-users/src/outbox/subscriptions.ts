import { setTimeout as pause } from 'node:timers/promises'
import type { Databases } from '../db/handle.ts'
import type { Names } from '../db/names.ts'
import { reaching, sqlState } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Place } from './entry.ts'
import { refuse } from './input.ts'
import type { OutboxPosition } from './options.ts'
import {
  deleteSubscription,
  hasSubscription,
  insertSubscription,
  isEnabled,
  moveCursors,
  selectPlaceAt,
  selectPlaceOf,
  selectSubscriptions,
  switchOutbox,
} from './subscription.repository.ts'

export interface SubscriptionDeps {
  readonly databases: Databases
  readonly names: Names
}

/** Milliseconds between two tries of the lock that switches the outbox on, and how often it is tried. */
const lockPause = 500
const lockTries = 40

/**
 * Makes a subscription unless it is there, and switches the outbox on. Afterwards every change that commits is written,
 * by every process.
 */
export async function createSubscription(
  { databases, names }: SubscriptionDeps,
  name: string,
  kind: string,
  from?: OutboxPosition,
): Promise<boolean> {
  const known = await reaching(() => hasSubscription(databases.primary, names, name))
  if (known && (await reaching(() => isEnabled(databases.primary, names)))) return false
  const place = from === undefined ? undefined : await placeFrom({ databases, names }, from)
  return await retryLock(() =>
    databases.transaction(async trx => {
      if (!(await isEnabled(trx, names))) await switchOutbox(trx, names, true)
      const made = await insertSubscription(trx, names, name, kind)
      if (made && place !== undefined) await moveCursors(trx, names, name, place)
      return made
    }),
  )
}

/** Switches the outbox on although nothing subscribes yet. */
export async function enableOutbox({ databases, names }: SubscriptionDeps): Promise<void> {
  if (await reaching(() => isEnabled(databases.primary, names))) return
  await retryLock(() => databases.transaction(trx => switchOutbox(trx, names, true)))
}

/** Deletes a subscription; the last one switches the outbox off. */
export async function removeSubscription({ databases, names }: SubscriptionDeps, name: string): Promise<boolean> {
  return await retryLock(() =>
    databases.transaction(async trx => {
      const removed = await deleteSubscription(trx, names, name)
      if (removed && (await selectSubscriptions(trx, names)).length === 0) await switchOutbox(trx, names, false)
      return removed
    }),
  )
}

/** The lock waits for running transactions; writers do not wait behind it for longer than a second. */
async function retryLock<T>(work: () => Promise<T>): Promise<T> {
  for (let left = lockTries; ; left--) {
    try {
      return await reaching(work)
    } catch (error) {
      if (left === 0 || !isLockTimeout(error)) throw error
      await pause(lockPause)
    }
  }
}

function isLockTimeout(error: unknown): boolean {
  const cause = error instanceof Auth0UsersError ? error.cause : error
  return sqlState(cause) === '55P03'
}

/** Just before the entries that a position names; undefined for the end. Throws `A0U_OUTBOX_INVALID`. */
export async function placeFrom(
  { databases: { primary }, names }: SubscriptionDeps,
  from: OutboxPosition,
): Promise<Place | undefined> {
  const id = typeof from === 'object' && 'id' in from ? from.id : from
  if (typeof id === 'string' && /^\d{1,19}$/.test(id)) {
    const place = await reaching(() => selectPlaceOf(primary, names, id))
    if (place === undefined) refuse([{ field: 'from', message: 'must be an entry that is still kept' }])
    return place
  }
  const moment = new Date(id instanceof Date ? id : String(id))
  if (Number.isNaN(moment.getTime())) {
    refuse([{ field: 'from', message: 'must be a date, an entry, or the id of an entry' }])
  }
  return await reaching(() => selectPlaceAt(primary, names, moment))
}
