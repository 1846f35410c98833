import type { ChangeFeed, ChangeHandlers } from './feed.ts'
import { openPgSession, type PgListenClient, type PgSession } from './pg-session.ts'

/** A `pg.Pool`, one of whose connections is kept, or a function that resolves to a connected `pg.Client`. */
export type PgListenSource = { connect(): Promise<PgListenClient> } | (() => Promise<PgListenClient>)

/** How `pgChangeFeed` watches over its connection. */
export interface PgChangeFeedOptions {
  /** Seconds between two checks that notifications still arrive [2]. */
  readonly keepalive?: number
  /** Seconds without a response after which a connection counts as dead [2]. */
  readonly timeout?: number
  /** Seconds to wait after this many failures in a row [0.1, doubled each time up to 10, less up to half of it at random]. */
  readonly backoff?: (failures: number) => number
}

/**
 * The change feed for `pg`. It holds one connection of its own, sees its silent death (a notification
 * to itself every `keepalive` seconds must arrive within `timeout`; together they should stay below 5),
 * and replaces it with growing pauses. It needs a session: behind a pooler that gives one only for a
 * transaction it never comes up.
 *
 * @param source must reach the server that `db` writes to, and have a connection timeout.
 */
export function pgChangeFeed(source: PgListenSource, options: PgChangeFeedOptions = {}): ChangeFeed {
  const { keepalive = 2, timeout = 2, backoff = defaultBackoff } = options
  const connect = typeof source === 'function' ? source : () => source.connect()
  return {
    async listen(channel, handlers) {
      return keepListening({ connect, channel, handlers, keepalive, timeout, backoff })
    },
  }
}

function defaultBackoff(failures: number): number {
  return Math.min(0.1 * 2 ** (failures - 1), 10) * (1 - Math.random() / 2)
}

interface Listening extends Required<PgChangeFeedOptions> {
  readonly connect: () => Promise<PgListenClient>
  readonly channel: string
  readonly handlers: ChangeHandlers
}

/** Opens one session after the other, until it is ended. */
function keepListening({ connect, channel, handlers, keepalive, timeout, backoff }: Listening): () => Promise<void> {
  let failures = 0
  let ended = false
  let session: PgSession | undefined
  let timer: NodeJS.Timeout | undefined

  function later(seconds: number, work: () => Promise<void>): void {
    clearTimeout(timer)
    if (!ended) timer = setTimeout(work, seconds * 1000).unref()
  }

  function lost(error: unknown, silence: number): void {
    if (ended) return
    session = undefined
    failures++
    later(backoff(failures), attempt)
    handlers.onDown(error, silence)
  }

  async function attempt(): Promise<void> {
    let client: PgListenClient
    try {
      client = await connect()
    } catch (error) {
      lost(error, 0)
      return
    }
    const opened = openPgSession(client, { channel, timeout, onPayload: handlers.onPayload, onLost: lost })
    if (ended) return await opened.close()
    session = opened
    if (!(await opened.start())) return
    failures = 0
    handlers.onUp()
    later(keepalive, check)
  }

  async function check(): Promise<void> {
    if (await session?.ping()) later(keepalive, check)
  }

  void attempt()
  return async () => {
    ended = true
    clearTimeout(timer)
    await session?.close()
  }
}
