// What examples/reference-app/ops asks Prometheus, and the names in it.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Test } from 'tap'
import { type RunningApp, startApp } from '../reference-app/running-app.ts'
import { testDatabase } from './postgres.ts'

export const opsFolder = resolve(import.meta.dirname, '../../examples/reference-app/ops')

export interface Query {
  /** The alert or panel. */
  readonly name: string
  readonly expr: string
}

export function alertQueries(): Query[] {
  const text = readFileSync(resolve(opsFolder, 'alerts.yml'), 'utf8')
  return text
    .split(/^ +- alert: /m)
    .slice(1)
    .map(rule => {
      const block = /^ +expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)/m.exec(rule)
      return { name: rule.split('\n', 1)[0] ?? '', expr: (block?.[1] ?? block?.[2] ?? '').trim() }
    })
}

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

export function panels(): Panel[] {
  return (JSON.parse(readFileSync(resolve(opsFolder, 'dashboard.json'), 'utf8')) as { panels: Panel[] }).panels
}

/** With the variable that Grafana fills in. */
export function panelQueries(): Query[] {
  return panels().flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ name: title, expr: expr.replaceAll('$__rate_interval', '1m') })),
  )
}

/** A selector of a query: the metric, and what its labels must be (`=` and `=~` with alternatives). */
export interface Selector {
  readonly metric: string
  readonly labels: Readonly<Record<string, readonly string[]>>
}

const words = new Set(['and', 'or', 'unless', 'bool', 'offset'])

/** Every metric of a PromQL expression, functions, operators and groupings left out. */
export function selectorsOf(expr: string): Selector[] {
  const bare = expr.replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
  return [...bare.matchAll(/([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?/g)].flatMap(
    ([, metric = '', rest = ''], index, all) => {
      const before = bare[(all[index]?.index ?? 0) - 1] ?? ' '
      // A function, an operator, or the unit of a duration.
      if (rest === '(' || words.has(metric) || /[\d.]/.test(before)) return []
      return [{ metric, labels: labelsOf(rest) }]
    },
  )
}

/** The labels that results are grouped by. */
export function groupings(expr: string): string[] {
  return [...expr.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/[\s,]+/),
  )
}

function labelsOf(braces: string): Record<string, string[]> {
  const matchers = braces.matchAll(/(\w+)=~?"([^"]*)"/g)
  return Object.fromEntries([...matchers].map(([, name = '', value = '']) => [name, value.split('|')]))
}

export interface Exported {
  /** Where the metrics are read. */
  readonly url: string
  /** By the name of a series, the names of its labels. */
  readonly series: ReadonlyMap<string, ReadonlySet<string>>
  /** Ends it and answers what it said on stderr: with `NODE_DEBUG=esm` every module that was loaded. */
  stop(): Promise<string>
}

/** The reference app with telemetry on, after it did a little of everything that is counted. */
export async function exportingApp(t: Test, env: Readonly<Record<string, string>> = {}): Promise<Exported> {
  const { url: database } = await testDatabase(t, { empty: true })
  const app = await startApp(t, {
    ...{ TELEMETRY: 'true', METRICS_PORT: '0', LOG_LEVEL: 'info', DATABASE_URL: database, DATA_DIR: t.testdir() },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', AUTH0_EVENTS_SECRET: eventsSecret },
    ...env,
  })
  await app.request('/api/v1/me/')
  for (const last_name of ['Demo', 'Done']) await app.profile('PUT', { last_name })
  await app.profile('PUT', { profile_data: { phone: '+491701234567', title: 'Dr' } })
  await told(app)
  const url = /"url":"(http:[^"]+\/metrics)"/.exec(app.stdout)?.[1]
  if (url === undefined) throw new Error('the app did not say where its metrics are')
  const series = seriesOf(await (await fetch(url)).text())
  return { url, series, stop: async () => (await app.stop('SIGTERM')).stderr }
}

const eventsSecret = 'a-secret-of-an-event-stream-for-tests'

/** What Auth0 pushes, taken and refused. */
async function told(app: RunningApp): Promise<void> {
  const path = '/api/v1/accounts/auth0/events/'
  const data = { object: { user_id: 'auth0|told', email: 'told@example.test' } }
  const about = { specversion: '1.0', source: 'urn:auth0:tenant', id: 'evt_1', type: 'user.created' }
  const body = { ...about, time: new Date().toISOString(), data }
  const answers = [
    await app.request(path, { method: 'POST', token: eventsSecret, body }),
    await app.request(path, { method: 'POST', token: 'another', body }),
    await app.request('/api/v1/accounts/auth0/backchannel-logout', { method: 'POST' }),
  ]
  const statuses = answers.map(({ status }) => status).join(' ')
  if (statuses !== '200 401 400') throw new Error(`what Auth0 pushed was answered ${statuses}`)
}

function seriesOf(exposition: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [, name = '', labels = ''] of exposition.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Set<string>()
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label)
    found.set(name, known)
  }
  return found
}
