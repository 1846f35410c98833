import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Auth0UsersOptions } from '#plugin/index.js'
import type { LocalIssuer } from '#plugin/testing/index.js'
import { build, localIssuer } from '../../helpers/app.ts'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'
import { type Answer, type Sent, send } from './http.ts'

/** Milliseconds since the epoch; only the tests move it. */
export interface Clock {
  now(): number
  /** Seconds. */
  advance(seconds: number): void
}

export function makeClock(): Clock {
  let time = 1_800_000_000_000
  return {
    now: () => time,
    advance: seconds => {
      time += seconds * 1000
    },
  }
}

/** An app that listens on loopback, with everything it stands on and everything it logs. */
export interface Target {
  readonly app: FastifyInstance
  readonly issuer: LocalIssuer
  readonly database: TestDatabase
  readonly clock: Clock
  readonly origin: string
  /** The scheme that its challenges offer first. */
  readonly scheme: 'Bearer' | 'DPoP'
  /** What the app logged, at the level `trace`, one JSON text an entry. */
  readonly logs: readonly string[]
  send(sent: Sent): Promise<Answer>
  /** A request to `/me` with this token as Bearer. */
  bearer(token: string): Promise<Answer>
  /** How many rows people, identities and the audit trail have together. */
  rows(): Promise<number>
}

export interface TargetOptions {
  readonly plugin?: Partial<Auth0UsersOptions>
  readonly routes?: (app: FastifyInstance) => unknown
  readonly issuer?: LocalIssuer
  readonly database?: TestDatabase
  readonly clock?: Clock
  /** Longest request header that Node takes, in bytes [65536: more than the plugin takes]. */
  readonly maxHeaderSize?: number
}

export async function startTarget(t: Test, options: TargetOptions = {}): Promise<Target> {
  const clock = options.clock ?? makeClock()
  const issuer = options.issuer ?? (await localIssuer(t, { now: clock.now }))
  const database = options.database ?? (await testDatabase(t))
  const logs: string[] = []
  // Of Fastify's options for plain HTTP, which the type of its common options leaves out.
  const plainHttp = { http: { maxHeaderSize: options.maxHeaderSize ?? 65_536 } }
  const { app, listen } = await build(t, {
    issuer,
    database,
    plugin: { now: clock.now, ...options.plugin },
    fastify: { logger: logger(logs), ...plainHttp },
    routes: app => {
      app.route({
        method: ['GET', 'POST', 'PUT', 'DELETE'],
        url: '/me',
        handler: request => ({ subject: request.auth?.subject, isAdmin: 'admin' in Object(request.auth?.claims) }),
      })
      return options.routes?.(app)
    },
  })
  const origin = await listen()
  return {
    ...{ app, issuer, database, clock, origin, logs },
    scheme: options.plugin?.dpop === 'require' ? 'DPoP' : 'Bearer',
    send: sent => send(origin, sent),
    bearer: token => send(origin, { headers: { authorization: `Bearer ${token}` } }),
    rows: () => countRows(database),
  }
}

/** Everything the app and the plugin log, but for the query that Fastify's own request line would repeat. */
function logger(lines: string[]) {
  return {
    level: 'trace',
    stream: { write: (line: string) => void lines.push(line) },
    serializers: {
      req: ({ method, url }: { method: string; url: string }) => ({ method, path: url.split('?')[0] }),
    },
  }
}

async function countRows({ pool }: TestDatabase): Promise<number> {
  const tables = ['accounts_user', 'accounts_identity', 'accounts_audit']
  const counts = tables.map(table => `(select count(*) from ${table})`)
  const { rows } = await pool.query<{ total: string }>(`select ${counts.join(' + ')} as total`)
  return Number(rows[0]?.total)
}
