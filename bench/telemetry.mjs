// What the telemetry room costs on the hit path while no SDK is registered: the plugin as it is, against a copy of it
// in which that room is made of empty functions. See README.md beside this file. `--rounds=200`
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpuUsage } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import Fastify from 'fastify'
import { wholeNumber } from './lib/args.mjs'
import { callDirectly } from './lib/direct.mjs'
import { interleave } from './lib/interleave.mjs'
import { localToken, testMode } from './lib/local-tokens.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { claimsOf, peopleDatabase } from './lib/people.mjs'
import { openHandle, openPostgres } from './lib/postgres.mjs'
import { pairedRatio, summary } from './lib/stats.mjs'
import { count, spread, table } from './lib/table.mjs'
import { atMost } from './lib/targets.mjs'

const options = partOptions({ rounds: { type: 'string' } })
const rounds = wholeNumber('rounds', options.rounds ?? (options.quick ? '60' : '200'), 10)
/** Few, and sent again and again: where things lie in memory would otherwise count for more than what is measured. */
const tokenCount = 50
const requestsPerSlice = 1000
const warmUpRounds = 30

/** Does what the rooms need to go on, and reports nothing. */
const emptyRoom = `
export const errorType = () => '_OTHER'
export const failureOf = () => 'failed'
export const counter = () => () => {}
export const histogram = () => () => {}
export const stopwatch = () => () => 0
export const observe = () => () => {}
export const reported = (_name, _attributes, _report, work) => work()
export const withSpan = (_name, _attributes, work) => work(() => {})
`

const folder = mkdtempSync(fileURLToPath(new URL('.telemetry-', import.meta.url)))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const postgres = await openPostgres({ name: 'telemetry', data: options.data })
const { db } = openHandle(await peopleDatabase(postgres, 10_000), 4)
const authorizations = Array.from({ length: tokenCount }, (_, n) => `Bearer ${localToken(claimsOf(n + 1))}`)
// Equal copies lie some percent apart, so there are four of each, in an order in which the place tells nothing.
const variants = []
for (const room of ['whole', 'empty', 'empty', 'whole', 'empty', 'whole', 'whole', 'empty']) {
  variants.push(await variant(room))
}
try {
  finish(options, resultOf(await measure()))
} finally {
  for (const { app } of variants) await app.close()
  await db.destroy()
  await postgres.close()
}

/** An app on a copy of the plugin with the telemetry room `whole` or `empty`. */
async function variant(room) {
  const copy = mkdtempSync(join(folder, `${room}-`))
  cpSync(fileURLToPath(new URL('../packages/fastify-auth0-users/dist', import.meta.url)), copy, { recursive: true })
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }')
  if (room === 'empty') writeFileSync(join(copy, 'telemetry.js'), emptyRoom)
  const { default: auth0Users } = await import(pathToFileURL(join(copy, 'index.js')).href)
  const app = Fastify()
  app.register(auth0Users, { ...testMode, db, cache: { ttl: 3600 }, users: { activity: false } })
  app.register(async scope => {
    scope.get('/me', (request, reply) => {
      const { id, username } = request.getUser()
      reply.send({ id, username })
    })
  })
  await app.ready()
  const sent = Array.from({ length: requestsPerSlice }, (_, n) => authorizations[n % tokenCount])
  return { room, app, run: callDirectly(app, '/me', sent) }
}

/** Microseconds of CPU a request, by copy, slice by slice. */
async function measure() {
  for (let round = 0; round < warmUpRounds; round++) for (const { run } of variants) await run()
  const figures = await interleave(variants, rounds, async ({ run }) => {
    const before = cpuUsage()
    await run()
    const { user, system } = cpuUsage(before)
    return (user + system) / requestsPerSlice
  })
  return figures
}

/** The mean of some copies, slice by slice. */
function mean(figures, copies) {
  const series = copies.map(copy => figures.get(copy))
  return series[0].map((_, round) => series.reduce((sum, one) => sum + one[round], 0) / series.length)
}

function resultOf(figures) {
  const of = room => variants.filter(copy => copy.room === room)
  const [asItIs, without] = [mean(figures, of('whole')), mean(figures, of('empty'))]
  const [one, two, three, four] = of('whole')
  const equal = pairedRatio(mean(figures, [one, four]), mean(figures, [two, three]))
  const ratio = pairedRatio(asItIs, without)
  const head = `${rounds} slices of ${count(requestsPerSlice)} requests without sockets, ${variants.length} copies`
  return {
    title: 'Telemetry without an SDK',
    markdown: [
      `${head}; medians with quartiles.`,
      table(
        ['', 'µs of CPU a request', 'ratio, slice by slice'],
        [
          ['telemetry made of empty functions', spread(summary(without)), ''],
          ['the plugin as it is', spread(summary(asItIs)), spread(ratio, 3)],
          ['the plugin as it is, two copies over two equal ones', '', spread(equal, 3)],
        ],
      ),
    ].join('\n\n'),
    targets: [atMost('hit path with telemetry over without', 1.02, ratio)],
  }
}
