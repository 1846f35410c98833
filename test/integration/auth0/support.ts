// An app that receives what Auth0 pushes, and messages as Auth0 words them.
import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { sql } from 'kysely'
import type { Test } from 'tap'
import type { Auth0EventsOptions, Auth0UsersOptions } from '#plugin/index.js'
import type { LocalIssuer } from '#plugin/testing/index.js'
import { type BuiltApp, build } from '../../helpers/app.ts'
import type { TestDatabase } from '../../helpers/postgres.ts'

export const secret = randomBytes(32).toString('base64url')
export const eventsPath = '/api/v1/accounts/auth0/events/'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies are compared, not trusted
  readonly body: any
  readonly headers: Readonly<Record<string, unknown>>
}

export interface Receiving extends BuiltApp {
  /** Posts a body as Auth0 would; text as it is, anything else as JSON. */
  send(body: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface ReceivingOptions {
  readonly events?: Partial<Auth0EventsOptions>
  readonly plugin?: Partial<Auth0UsersOptions>
  readonly database?: TestDatabase
  readonly issuer?: LocalIssuer
  readonly fastify?: FastifyServerOptions
}

export async function receiving(
  t: Test,
  { events = {}, plugin = {}, ...rest }: ReceivingOptions = {},
): Promise<Receiving> {
  const built = await build(t, {
    ...rest,
    plugin: { auth0: { events: { secret, ...events } }, users: { activity: false }, ...plugin },
    routes: app => app.get('/me', request => ({ id: request.getUser().id, email: request.getUser().email })),
  })
  return { ...built, send: (body, headers) => post(built.app, body, headers) }
}

async function post(app: FastifyInstance, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await app.inject({
    method: 'POST',
    url: eventsPath,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...headers },
    payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  })
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers }
}

let counter = 0

/** An event of an event stream. */
export function event(type: string, time: number, object: object, over: object = {}): object {
  counter += 1
  return {
    specversion: '1.0',
    type,
    source: 'urn:auth0:tenant.auth0app.com',
    id: `evt_${counter}`,
    time: new Date(time).toISOString(),
    data: { object },
    a0tenant: 'tenant',
    a0stream: 'est_1',
    ...over,
  }
}

/** A record of a log stream. */
export function logRecord(type: string, time: number, data: object, over: object = {}): object {
  counter += 1
  const log_id = `900${counter}`
  return { log_id, data: { date: new Date(time).toISOString(), type, log_id, tenant_name: 'tenant', ...data }, ...over }
}

/** A call of the Management API that changes a user, as the log tells it. */
export function apiCall(method: string, time: number, subject: string, body: object = {}): object {
  const request = {
    method,
    path: `/api/v2/users/${encodeURIComponent(subject)}`,
    body,
    channel: 'https://manage.auth0.com/',
  }
  return logRecord('sapi', time, { description: 'Update a User', details: { request, response: { statusCode: 200 } } })
}

/** Every person's whole row, but for what differs from database to database: ids and the times of writing. */
export async function people({ db }: TestDatabase): Promise<object[]> {
  const { rows } = await sql<object>`
    select to_jsonb(u) - array['id', 'created_at', 'updated_at'] as row from accounts_user u order by auth0_id`.execute(
    db,
  )
  return rows.map(row => (row as { row: object }).row)
}

/** What is remembered of every identity. */
export async function states({ db }: TestDatabase): Promise<object[]> {
  const { rows } = await sql<object>`
    select to_jsonb(s) - array['expires_at'] as row from accounts_auth0_subject s order by subject_hash`.execute(db)
  return rows.map(row => (row as { row: object }).row)
}

/** Numbers from 0 to 1, the same ones each time. */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const list = [...items]
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1))
    const kept = list[at] as T
    list[at] = list[other] as T
    list[other] = kept
  }
  return list
}
