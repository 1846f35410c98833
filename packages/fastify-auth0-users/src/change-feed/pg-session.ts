import { randomBytes } from 'node:crypto'
import { within } from '../lib/timeout.ts'

/** What is used of a connected `pg.Client`. */
export interface PgListenClient {
  query(text: string, values?: unknown[]): Promise<unknown>
  on(event: 'notification', listener: (message: { channel: string; payload?: string | undefined }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  /** Of a pool's client: with `true` its connection is closed. */
  release?(destroy: boolean): void
  /** Of a client of its own. */
  end(): Promise<void>
}

/** One connection that listens. Its methods never reject: a failure is reported by `onLost`, once. */
export interface PgSession {
  /** Listens; resolves to whether notifications arrive. */
  start(): Promise<boolean>
  /** Answers whether they still do. */
  ping(): Promise<boolean>
  /** Ends the connection without telling. */
  close(): Promise<void>
}

export interface PgSessionOptions {
  readonly channel: string
  /** Seconds. */
  readonly timeout: number
  readonly onPayload: (payload: string) => void
  /** `silence`: how many seconds ago the last ping that got a response was sent. */
  readonly onLost: (error: unknown, silence: number) => void
}

export function openPgSession(client: PgListenClient, options: PgSessionOptions): PgSession {
  const { channel, timeout, onPayload, onLost } = options
  /** Of this session alone: what was sent to it and comes back proves both ways. */
  const echo = `a0u_echo_${randomBytes(8).toString('hex')}`
  let over = false
  let provenAt = performance.now()
  let echoed: (() => void) | undefined

  client.on('error', lose)
  client.on('end', () => lose(new Error('the connection was closed')))
  client.on('notification', message => {
    if (over) return
    if (message.channel === channel) onPayload(message.payload ?? '')
    else echoed?.()
  })

  function lose(error: unknown): void {
    if (over) return
    void close()
    onLost(error, (performance.now() - provenAt) / 1000)
  }

  async function close(): Promise<void> {
    if (over) return
    over = true
    // A pool's connection is not given back: it would go on listening.
    if (client.release !== undefined) client.release(true)
    else await client.end().catch(() => undefined) // it is gone either way
  }

  /** Runs the work within the timeout; resolves to whether the session is still open. */
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      if ((await within(timeout, work())) === 'timeout')
        throw new Error(`no notification came back within ${timeout} s`)
    } catch (error) {
      lose(error)
    }
    return !over
  }

  async function roundTrip(): Promise<void> {
    const sentAt = performance.now()
    const arrival = new Promise<void>(resolve => {
      echoed = resolve
    })
    await client.query('select pg_notify($1, $2)', [echo, ''])
    await arrival
    provenAt = sentAt
  }

  return {
    start: () =>
      attempt(async () => {
        await client.query(`listen ${channel}; listen ${echo}`)
        await roundTrip()
      }),
    ping: () => attempt(roundTrip),
    close,
  }
}
