import type { Db } from '../db/handle.ts'
import type { Names } from '../db/names.ts'
import type { Attempt, Consumer } from './attempt.ts'
import {
  acknowledge,
  advanceBlocked,
  type Blocked,
  block,
  type Lease,
  noUser,
  type ReadEntry,
  selectDue,
  selectEntries,
  selectHead,
  setBack,
  unblock,
} from './delivery.repository.ts'
import type { Place } from './entry.ts'

/** A lease and what this process knows of it. */
export interface Held {
  readonly lease: Lease
  /** Aborted when the lease is lost. */
  readonly lost: AbortController
  /** Up to where the shard was read. */
  place: Place
}

export interface ReaderDeps {
  readonly db: Db
  readonly names: Names
  readonly attempt: Attempt
  readonly kinds: Consumer['kinds']
  /** Whether no further call may begin. */
  readonly ended: () => boolean
}

/** Entries of one read. */
const batchSize = 100

/** Users whose failed entry is tried again in one turn of a shard. */
const dueSize = 20

/** Milliseconds after which a shard is given back, so that other processes and shards get their turn. */
const turn = 3000

/** Makes the function that reads one shard under a lease: first what is tried again, then what is new. */
export function createShardReader({ db, names, attempt, kinds, ended }: ReaderDeps): (held: Held) => Promise<void> {
  const goesOn = (held: Held): boolean => !ended() && !held.lost.signal.aborted

  function settle(held: Held, kept: boolean): void {
    if (!kept) held.lost.abort()
  }

  async function readOn(held: Held): Promise<void> {
    const until = performance.now() + turn
    while (goesOn(held) && performance.now() < until) {
      const entries = await selectEntries(db, names, held.lease, held.place, batchSize)
      await deliverAll(held, entries)
      if (entries.length < batchSize) return
    }
  }

  async function deliverAll(held: Held, entries: readonly ReadEntry[]): Promise<void> {
    const waiting = new Set<string>()
    let unsaved: Place | undefined
    for (const entry of entries) {
      if (!goesOn(held)) break
      unsaved = (await deliverOne(held, entry, waiting)) ? undefined : entry
      held.place = entry
    }
    if (unsaved === undefined || held.lost.signal.aborted) return
    settle(held, await acknowledge(db, names, held.lease, unsaved))
  }

  /** Returns false for an entry that is only passed. */
  async function deliverOne(held: Held, entry: ReadEntry, waiting: Set<string>): Promise<boolean> {
    const user = entry.user_id ?? noUser
    if (entry.blocked || waiting.has(user) || kinds?.has(entry.kind) === false) return false
    if (!(await deliverFirst(held, entry))) waiting.add(user)
    return true
  }

  /** Returns false when later entries of the user must wait. */
  async function deliverFirst(held: Held, entry: ReadEntry): Promise<boolean> {
    const setback = await attempt(entry, 1, held.lost.signal)
    if (setback === undefined) settle(held, await acknowledge(db, names, held.lease, entry))
    else settle(held, await block(db, names, held.lease, entry, setback))
    return setback === undefined
  }

  /** The failed entry, then everything of the user that waited for it. */
  async function retryUser(held: Held, due: Blocked): Promise<void> {
    let from = due
    while (goesOn(held)) {
      const head = await selectHead(db, names, held.lease, from)
      if (head === undefined) return await unblock(db, names, held.lease, due.user_id)
      const attempts = (head.id === from.id ? from.attempts : 0) + 1
      const setback = await attempt(head, attempts, held.lost.signal)
      if (setback !== undefined) return await setBack(db, names, held.lease, due.user_id, head, setback)
      settle(held, await advanceBlocked(db, names, held.lease, due.user_id, head))
      from = { ...due, transaction_id: head.transaction_id, id: String(BigInt(head.id) + 1n), attempts: 0 }
    }
  }

  return async held => {
    for (const due of await selectDue(db, names, held.lease, dueSize)) {
      if (!goesOn(held)) return
      await retryUser(held, due)
    }
    await readOn(held)
  }
}
