import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { pgChangeFeed } from '#plugin/index.js'
import { type MetricKind, type MetricSpec, metricTable } from '#plugin/telemetry/metric-table.js'
import { spanTable } from '#plugin/telemetry/span-table.js'
import { createActivity } from '#plugin/users/activity/activity.js'
import { type BuiltApp, build } from '../helpers/app.ts'
import { recordTelemetry } from '../helpers/telemetry.ts'
import { readPage, repository } from './support/documents.ts'
import { readSources } from './support/imports.ts'

const prefix = 'fastify-auth0-users.'
const page = readPage('docs/telemetry.md').text

/** The cells of each row of the table under a heading. */
function rows(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const lines = section.split('\n').filter(line => line.startsWith('| `'))
  return lines.map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

const kinds: Readonly<Record<MetricKind, string>> = {
  counter: 'counter',
  histogram: 'histogram',
  'observed-counter': 'observable counter',
  'observed-sum': 'observable up-down counter',
  'observed-least': 'observable gauge',
  'observed-greatest': 'observable gauge',
}
const sets = { code: 'a code, `_OTHER`', host: 'a host', status: 'a status', count: 'a number' }

function written(attributes: MetricSpec['attributes']): string {
  const cells = Object.entries(attributes).map(([name, values]) => {
    const told = typeof values === 'string' ? sets[values] : values.map(value => `\`${value}\``).join(', ')
    return `\`${name}\`: ${told}`
  })
  return cells.join('; ') || '—'
}

t.test('the tables of metrics and spans are those of the code, word for word', async t => {
  const metrics = Object.entries(metricTable).map(([name, { kind, unit, attributes, description }]) => {
    return [`\`${name}\``, kinds[kind], `\`${unit}\``, written(attributes), description]
  })
  t.strictSame(rows('Metrics'), metrics)
  const spans = Object.entries(spanTable).map(([name, spec]) => [
    `\`${name}\``,
    written(spec.attributes),
    spec.description,
  ])
  t.strictSame(rows('Spans'), spans)
})

t.test('every line that the plugin logs is documented by its event, and no other', async t => {
  const sources = readSources(join(repository, 'packages/fastify-auth0-users/src'))
  const logged = Object.values(sources).flatMap(text => {
    const code = text.replaceAll(/^ *\*.*$/gm, '')
    const calls = [...code.matchAll(/\blog(?:\.\w+|\[level\])\(\s*(\{[^}]*\}|[^,)]*)/g)].map(
      ([, fields = '']) => fields,
    )
    return calls.map(fields => /event: '([a-z0-9_.]+)'/.exec(fields)?.[1] ?? fields)
  })
  const section = page.split('\n## Logs\n')[1] ?? ''
  const documented = rows('Logs').map(([event = '']) => event.replaceAll('`', ''))
  const others = ['line'] // the lines of the audit trail
  t.strictSame([...new Set(logged)].filter(event => !others.includes(event)).sort(), documented.sort())

  const actions = [...(sources['audit/event.ts'] ?? '').matchAll(/^ {2}\| '([a-z_.]+)'$/gm)].map(([, action]) => action)
  const told = [...(/The actions: ([^.]|\.(?=\w))*/.exec(section)?.[0] ?? '').matchAll(/`([^`]+)`/g)]
  t.ok(actions.length > 20, 'actions were found')
  t.strictSame(
    told.map(([, action]) => action),
    actions,
  )
})

/** The documented values of each attribute, by the name of the metric or span. */
function documented(heading: string, column: number): Map<string, Map<string, string[]>> {
  return new Map(
    rows(heading).map(cells => {
      const attributes = [...(cells[column] ?? '').matchAll(/`([\w.]+)`: ([^;]+)/g)]
      return [
        (cells[0] ?? '').replaceAll('`', ''),
        new Map(attributes.map(([, name = '', values = '']) => [name, values.replaceAll('`', '').split(', ')])),
      ]
    }),
  )
}

/** What of some attributes is not as documented. */
function undocumented(table: Map<string, Map<string, string[]>>, name: string, attributes: object): string[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    const values = table.get(name)?.get(key)
    const isDocumented =
      values?.includes(String(value)) ||
      (values?.includes('a code') && /^A0U_[A-Z_]+$/.test(value)) ||
      (values?.includes('a host') && value === '127.0.0.1') ||
      (values?.includes('a status') && value >= 100 && value < 600) ||
      (values?.includes('a number') && Number.isInteger(value))
    return isDocumented ? [] : [`${name} ${key}=${value}`]
  })
}

t.test('what an app exports is what is documented, and all of it', async t => {
  const recorder = recordTelemetry(t)
  await everything(t)
  const [metrics, spans] = [documented('Metrics', 3), documented('Spans', 1)]
  const exported = (await recorder.raw()).filter(({ dataPoints }) => dataPoints.length > 0)
  const names = exported.map(({ descriptor }) => descriptor.name.slice(prefix.length))
  t.strictSame(names.sort(), [...metrics.keys()].sort())
  const points = exported.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.flatMap(({ attributes }) => undocumented(metrics, descriptor.name.slice(prefix.length), attributes)),
  )
  t.strictSame(points, [], 'no other attribute or value')

  const ended = recorder.takeSpans()
  t.strictSame([...new Set(ended.map(({ name }) => name.slice(prefix.length)))].sort(), [...spans.keys()].sort())
  const said = ended.flatMap(({ name, attributes }) => undocumented(spans, name.slice(prefix.length), attributes))
  t.strictSame(said, [], 'no other attribute or value')
  t.strictSame(
    ended.flatMap(({ events }) => events),
    [],
    'and no event, which would hold the text of an error',
  )
})

const profilePath = '/api/v1/accounts/users/profile/'
const secret = 'a-secret-of-an-event-stream-that-is-long-enough'

/** Has an app do all that it reports about. */
async function everything(t: Test): Promise<void> {
  const database = (await build(t)).database
  const built = await build(t, {
    database,
    plugin: {
      cache: { changes: pgChangeFeed(database.pool) },
      users: { userinfo: 'create' },
      auth0: { events: { secret }, backchannelLogout: { clientId: 'app' } },
      profile: { schema: Type.Object({ title: Type.Optional(Type.String()) }), required: ['title'] },
      hooks: { beforeCreate: () => undefined },
    },
    routes: app => app.get('/hello', () => 'hello'),
  })
  while (built.app.auth0Users.caches().feed !== 'up') await setTimeout(5)
  await people(built)
  await pushes(built)
  const { app } = built
  const { id } = await database.db.selectFrom('accounts_user').select('id').executeTakeFirstOrThrow()
  const hour = 3_600_000
  const made = new Date(Math.floor(Date.now() / hour) * hour - 1.5 * hour)
  await database.db.updateTable('accounts_user').set({ created_at: made }).execute()
  await app.auth0Users.registrations.countAbandoned({ after: 3600, every: 3600 })
  await app.auth0Users.privacy.anonymise(id)
  await app.auth0Users.privacy.purge({ auditOlderThan: 86_400 * 365 })
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>(resolve => {
    arrived = resolve
  })
  await app.auth0Users.outbox.subscribe('telemetry', () => arrived())
  await waitingWrites(t, built)
  await arrival
  await app.auth0Users.health()
}

async function people({ app, bearer }: BuiltApp): Promise<void> {
  const authorization = await bearer({ sub: 'auth0|ada', email: undefined })
  const headers = { authorization }
  await app.inject({ url: '/hello', headers })
  await app.inject({ url: '/hello' })
  await app.inject({ method: 'PUT', url: profilePath, headers, payload: { profile_data: { title: 'x' } } })
  await app.inject({ url: `${profilePath}export`, headers })
  await app.inject({ method: 'DELETE', url: profilePath, headers })
  const forged = await bearer({ sub: 'auth0|eve' }, { header: { kid: 'made-up' } })
  await app.inject({ url: '/hello', headers: { authorization: forged } })
}

async function pushes({ app }: BuiltApp): Promise<void> {
  const data = { object: { user_id: 'auth0|bob', email: 'bob@example.test' } }
  const event = { specversion: '1.0', type: 'user.created', source: 'urn:auth0:t', id: 'evt_1', time: new Date(), data }
  const authorization = `Bearer ${secret}`
  for (const headers of [{ authorization }, {}])
    await app.inject({ method: 'POST', url: '/api/v1/accounts/auth0/events', headers, payload: event })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const url = '/api/v1/accounts/auth0/backchannel-logout'
  await app.inject({ method: 'POST', url, headers, payload: 'logout_token=a.b.c' })
}

/** More than there is room for, and then a write that fails; and people made by one statement. */
async function waitingWrites(t: Test, { database, issuer }: BuiltApp): Promise<void> {
  const { app, bearer } = await build(t, { database, issuer, routes: scope => scope.get('/hello', () => 'hello') })
  await app.inject({ url: '/hello', headers: { authorization: await bearer({ sub: 'auth0|carl' }) } })
  const activity = createActivity(database.db, { interval: 3600, capacity: 1, now: Date.now, log: app.log })
  for (const n of [1, 2]) activity.seen(`00000000-0000-0000-0000-00000000000${n}`, Date.now())
  await database.db.schema.alterTable('accounts_user').renameTo('elsewhere').execute()
  await activity.flush()
  await activity.close()
}
