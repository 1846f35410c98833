import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Db } from '../db/handle.ts'
import { changeTriggerCount } from '../db/migrations/0006-change-feed.ts'
import { organizationTriggerCount } from '../db/migrations/0025-organizations.ts'
import { counter } from '../telemetry/index.ts'
import { type ChangeFeed, type FeedState, parsePayload, probePayload } from './feed.ts'
import { notifyAndCountTriggers } from './probe.repository.ts'

/** How many triggers a complete feed has: those of users and grants, and those of organizations. */
const triggerCount = changeTriggerCount + organizationTriggerCount

/** Follows a change feed, and trusts it only while it is proven to tell of changes in this very database. */
export interface ChangeWatch {
  readonly state: FeedState
  /** Starts listening; waits for nothing. */
  start(): void
  close(): Promise<void>
}

export interface ChangeWatchOptions {
  /** Null: nothing is listened to. */
  readonly feed: ChangeFeed | null
  readonly channel: string
  /** The handle that changes are made by. */
  readonly db: Db
  readonly log: FastifyBaseLogger
  readonly onUsers: (ids: readonly string[]) => void
  readonly onEverybody: () => void
  /** Called when the feed breaks, with how many seconds ago it was last known to work. */
  readonly onBroken: (silence: number) => void
}

/** Seconds that the proof may take. */
const proofTimeout = 5

const countState = counter('change_feed.transitions')

export function createChangeWatch(options: ChangeWatchOptions): ChangeWatch {
  const { feed, channel, db, log, onUsers, onEverybody, onBroken } = options
  let state: FeedState = feed === null ? 'none' : 'down'
  let told: FeedState = 'none'
  /** Counts connections, so that a proof of an earlier one proves nothing. */
  let connection = 0
  let connected = false
  let closed = false
  let stop: Promise<(() => Promise<void>) | undefined> = Promise.resolve(undefined)
  let timer: NodeJS.Timeout | undefined
  let expected: string | undefined
  let arrived: (() => void) | undefined

  function onPayload(payload: string): void {
    const change = parsePayload(payload)
    if (change.kind === 'users') onUsers(change.ids)
    else if (change.kind === 'all') onEverybody()
    else if (payload === expected) arrived?.()
  }

  /** Every notification since a read that began before this was seen, so the long life starts with empty hands. */
  function trust(): void {
    onEverybody()
    state = 'up'
    tell('up')
  }

  function distrust(error: unknown, silence: number): void {
    if (state === 'up') onBroken(silence)
    state = 'down'
    tell('down', error)
  }

  function tell(now: 'up' | 'down', error?: unknown): void {
    if (told === now) return
    told = now
    countState({ state: now })
    if (now === 'up') log.info({ event: 'feed.up' }, 'the change feed works; people are cached for long')
    else
      log.warn(
        { event: 'feed.down', err: error },
        'the change feed does not work; people are cached for the short time only',
      )
  }

  async function prove(proven: number, failures: number): Promise<void> {
    try {
      await exchange()
      if (proven === connection && connected && !closed) trust()
    } catch (error) {
      if (proven !== connection || !connected || closed) return
      distrust(error, 0)
      timer = setTimeout(prove, Math.min(2 ** failures, 30) * 1000, proven, failures + 1).unref()
    }
  }

  /** Sends a notification by the host's own handle and waits until the feed brings it. */
  async function exchange(): Promise<void> {
    const payload = probePayload(randomUUID())
    expected = payload
    const arrival = new Promise<void>((resolve, reject) => {
      arrived = resolve
      const error = new Error('a notification sent by way of `db` did not arrive: do both reach the same database?')
      setTimeout(() => reject(error), proofTimeout * 1000).unref()
    })
    const [triggers] = await Promise.all([notifyAndCountTriggers(db, channel, payload), arrival])
    if (triggers >= triggerCount) return
    throw new Error(`${triggers} of ${triggerCount} triggers of the change feed are there: run the migrations`)
  }

  function onUp(): void {
    if (closed) return
    clearTimeout(timer)
    connected = true
    void prove(++connection, 0)
  }

  function onDown(error: unknown, silence = 0): void {
    if (closed) return
    clearTimeout(timer)
    connected = false
    distrust(error, silence)
  }

  return {
    get state() {
      return state
    },
    start() {
      if (feed === null || closed) return
      stop = feed.listen(channel, { onPayload, onUp, onDown }).catch((error: unknown) => {
        onDown(error)
        return undefined
      })
    },
    async close() {
      closed = true
      clearTimeout(timer)
      if (state === 'up') onBroken(0)
      if (state !== 'none') state = 'down'
      await (await stop)?.()
    },
  }
}
