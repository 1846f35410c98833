import t from 'tap'
import { catalogue } from '#plugin/errors.js'
import { metricTable } from '#plugin/telemetry/metric-table.js'
import { alertQueries, exportingApp, groupings, panelQueries, panels, selectorsOf } from '../helpers/ops.ts'
import { testDatabase } from '../helpers/postgres.ts'
import { startApp } from './running-app.ts'

t.setTimeout(300_000)

/** Modules that are loaded with the flag alone. */
const sdk = /telemetry-sdk\.js/

/** What Prometheus knows by itself. */
const ofPrometheus = new Set(['up', 'instance', 'job', 'le'])

/** The values that the table of metrics allows for a label of a series, or null where it bounds them otherwise. */
function allowed(metric: string, label: string): readonly string[] | null {
  const entry = Object.entries(metricTable).find(
    ([name]) => metric.replace(/_(total|count|sum|bucket)$/, '') === `fastify_auth0_users_${name.replaceAll('.', '_')}`,
  )
  const values = Object.entries(entry?.[1].attributes ?? {}).find(([name]) => name.replaceAll('.', '_') === label)?.[1]
  if (values === 'code') return [...Object.keys(catalogue), '_OTHER']
  return Array.isArray(values) ? values : null
}

t.test('every metric, label and value in the alerts and the dashboard is exported by the running app', async t => {
  const { series, url, stop } = await exportingApp(t, { NODE_DEBUG: 'esm' })
  t.match(url, /^http:\/\/127\.0\.0\.1:/, 'on loopback')
  t.equal((await fetch(url.replace('/metrics', '/'))).status, 404)
  const queries = [...alertQueries(), ...panelQueries()]
  t.ok(alertQueries().length >= 8 && panelQueries().length >= 18, 'queries were found')
  for (const { name, expr } of queries) {
    const selectors = selectorsOf(expr)
    t.ok(selectors.length > 0, `${name} asks for something`)
    const labels = new Set(selectors.flatMap(({ metric }) => [...(series.get(metric) ?? [])]))
    for (const { metric, labels: wanted } of selectors) {
      if (ofPrometheus.has(metric)) continue
      t.ok(series.has(metric), `${name}: ${metric}`)
      for (const [label, values] of Object.entries(wanted)) {
        const possible = allowed(metric, label)
        t.ok(possible !== null, `${name}: ${metric} has ${label}`)
        t.strictSame(
          values.filter(value => !possible?.includes(value)),
          [],
          `${name}: values of ${label}`,
        )
      }
    }
    const grouped = groupings(expr).filter(label => !ofPrometheus.has(label) && !labels.has(label))
    // Errors are labelled only where there were some.
    t.strictSame(
      grouped.filter(label => label !== 'error_type'),
      [],
      `${name}: labels of the groups`,
    )
  }
  t.strictSame(
    panels().filter(({ targets = [] }) => targets.some(({ legendFormat }) => legendFormat === '')),
    [],
    'every line has a legend',
  )
  const text = await (await fetch(url)).text()
  t.notMatch(text, /demo@example\.test|auth0\|/, 'nothing of a person is exported')
  t.match(await stop(), sdk, 'and it ends although no collector is there')
})

t.test('a name that nobody exports would be found', async t => {
  const expr = 'sum by (le, a) (rate(b_total{c="d|e",f=~"g|h"}[5m] offset 1d)) > 2 * max(i) or vector(0) and j:k == 1e3'
  t.strictSame(selectorsOf(expr), [
    { metric: 'b_total', labels: { c: ['d', 'e'], f: ['g', 'h'] } },
    { metric: 'i', labels: {} },
    { metric: 'j:k', labels: {} },
  ])
  t.strictSame(groupings(expr), ['le', 'a'])
})

t.test('without the flag no port is opened and nothing of the SDK is loaded', async t => {
  const { url: database } = await testDatabase(t, { empty: true })
  const app = await startApp(t, {
    ...{ LOG_LEVEL: 'info', DATABASE_URL: database, DATA_DIR: t.testdir(), NODE_DEBUG: 'esm' },
  })
  t.notMatch(app.stdout, 'metrics are served')
  const { stderr } = await app.stop('SIGTERM')
  t.match(stderr, /serve\.js/, 'modules were listed')
  t.notMatch(stderr, sdk)
})
