import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { alertQueries, exportingApp, opsFolder, panelQueries } from '../helpers/ops.ts'

t.setTimeout(300_000)

// Run where Prometheus is installed: see scripts/test-files.mjs.
const prometheus = process.env['PROMETHEUS_PATH'] ?? 'prometheus'
const promtool = process.env['PROMTOOL_PATH'] ?? 'promtool'
const run = promisify(execFile)

t.test('promtool accepts the rules and the configuration, and every rule fires in its unit test', async t => {
  t.match(
    (await run(promtool, ['check', 'rules', 'alerts.yml'], { cwd: opsFolder })).stdout,
    `SUCCESS: ${alertQueries().length} rules found`,
  )
  await run(promtool, ['check', 'config', 'prometheus.yml'], { cwd: opsFolder })
  await run(promtool, ['test', 'rules', 'alerts.test.yml'], { cwd: opsFolder })
  const tests = readFileSync(join(opsFolder, 'alerts.test.yml'), 'utf8')
  for (const { name } of alertQueries()) {
    t.ok(new RegExp(`alertname: ${name}\\n +eval_time: \\S+\\n +exp_alerts:\\n`).test(tests), `${name} fires in a test`)
    t.ok(
      new RegExp(`alertname: ${name}, eval_time: \\S+, exp_alerts: \\[\\]`).test(tests),
      `and is silent in one: ${name}`,
    )
  }
})

interface PrometheusAnswer {
  readonly status: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies are compared, not trusted
  readonly data: any
}

/** Prometheus on a free port, with its data in a folder of the test; ended by its process id. */
async function startPrometheus(t: Test, target: string): Promise<(path: string) => Promise<PrometheusAnswer>> {
  const folder = t.testdir()
  const port = await freePort()
  const config = readFileSync(join(opsFolder, 'prometheus.yml'), 'utf8')
    .replaceAll('15s', '1s')
    .replace('alerts.yml', join(opsFolder, 'alerts.yml'))
    .replace('127.0.0.1:9464', target)
  writeFileSync(join(folder, 'prometheus.yml'), config)
  const child = spawn(
    prometheus,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return async path => (await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()) as PrometheusAnswer
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function until(attempt: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 150; tries++) {
    if (await attempt().catch(() => false)) return true
    await sleep(200)
  }
  return false
}

t.test('Prometheus itself reads the running app and answers every query of the alerts and the dashboard', async t => {
  const { url, series } = await exportingApp(t)
  const ask = await startPrometheus(t, new URL(url).host)
  const query = async (expr: string) => await ask(`query?query=${encodeURIComponent(expr)}`)
  const isUp = await until(async () => (await query('up{job="reference-app"}')).data.result[0]?.value[1] === '1')
  t.ok(isUp, 'it reads the app')
  t.match(await query('fastify_auth0_users_profile_saves_total{outcome="saved"}'), {
    data: { result: [{ metric: { job: 'reference-app' } }] },
  })
  for (const { name, expr } of [...alertQueries(), ...panelQueries()]) {
    t.match(await query(expr), { status: 'success' }, name)
  }
  const names = (await ask('label/__name__/values')).data as string[]
  t.strictSame(
    [...series.keys()].filter(name => !names.includes(name)),
    [],
    'every series of the app arrived',
  )
  t.ok(
    await until(async () => {
      const { groups } = (await ask('rules')).data
      return groups[0].rules.every((rule: { health: string }) => rule.health === 'ok')
    }),
    'every rule is evaluated',
  )
  const { alerts } = (await ask('alerts')).data
  t.strictSame(
    alerts.filter(({ state }: { state: string }) => state === 'firing'),
    [],
    'and none fires',
  )
})
