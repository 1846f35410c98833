import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { within } from '../../lib/timeout.ts'

/**
 * Where processes tell each other of used DPoP proofs. Of any number of calls with one key exactly one resolves to true
 * within its time; reading first and writing then is not enough.
 *
 * @see redisReplay, databaseReplay
 */
export interface DpopReplay {
  /**
   * Adds a key, unless it is there.
   *
   * @param key at most 100 characters, a letter or digit and `:_-` each.
   * @param ttl after how many seconds it may be forgotten.
   * @returns whether it was added.
   */
  add(key: string, ttl: number): Promise<boolean>
}

/** Whether another process has seen a proof. Never rejects: a store that fails is reported, and left alone for a while. */
export type SeenElsewhere = (id: string) => Promise<boolean>

/** How long one call may take, in seconds. */
const patience = 0.5

/** How long a store that failed is left alone, in milliseconds, so that it does not slow every request down. */
const coolOff = 5000

/** @param window how long a proof can be of use to anybody, in milliseconds. */
export function createSeenElsewhere(
  replay: DpopReplay | null,
  window: number,
  { now, log }: { readonly now: Clock; readonly log: FastifyBaseLogger },
): SeenElsewhere {
  if (replay === null) return async () => false
  let askFrom = 0

  function fail(err: unknown): boolean {
    askFrom = now() + coolOff
    log.warn(
      { event: 'dpop_replay.failed', err, coolOff: coolOff / 1000 },
      'the store of dpop.replay failed; replayed proofs are seen by this process only',
    )
    return false
  }

  return async id => {
    if (now() < askFrom) return false
    try {
      const added = await within(patience, replay.add(`dpop:${id}`, Math.ceil(window / 1000)))
      if (added === 'timeout') return fail(new Error('no response in time'))
      return !added
    } catch (error) {
      return fail(error)
    }
  }
}

/**
 * DPoP proofs in Redis: `SET key 1 NX EX ttl`.
 *
 * @param send sends one command: `args => client.sendCommand(args)` of node-redis, `([name, ...rest]) => client.call(name, ...rest)`
 *   of ioredis.
 * @example
 * const client = await createClient({ url: process.env.REDIS_URL }).connect()
 * await app.register(auth0Users, { dpop: { mode: 'require', replay: redisReplay(args => client.sendCommand(args)) }, ... })
 */
export function redisReplay(send: (command: [string, ...string[]]) => Promise<unknown>): DpopReplay {
  return {
    async add(key, ttl) {
      const response = await send(['SET', `fastify-auth0-users:${key}`, '1', 'NX', 'EX', String(ttl)])
      return response !== null && response !== undefined
    },
  }
}
