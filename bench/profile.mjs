// Where a server spends its time under load: the functions with the most self time, by the profiler of V8.
// See README.md beside this file. `npm run bench -- profile ours-hit` (or another contender, or `storm`), `--top=25`
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { refuse, wholeNumber } from './lib/args.mjs'
import { startChild } from './lib/child.mjs'
import { claimsOf, peopleDatabase } from './lib/people.mjs'
import { openPostgres } from './lib/postgres.mjs'
import { busySamples, topFunctions } from './lib/profile.mjs'
import { table } from './lib/table.mjs'
import { contenders } from './side-by-side/contenders.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { top: { type: 'string', default: '25' }, data: { type: 'string' } },
})
const [name = 'ours-hit'] = positionals
const storm = { name: 'ours-hit', title: '**ours**: people whom nobody knows', module: 'ours' }
const contender = name === 'storm' ? storm : contenders.find(candidate => candidate.name === name)
if (contender === undefined) refuse(`There are ${contenders.map(candidate => candidate.name).join(', ')}, storm.`)
const top = wholeNumber('top', values.top, 1)
const people = 10_000
const load =
  contender === storm
    ? { connections: 500, claims: newcomers(20_000), warmUp: 10_000, requests: 10_000 }
    : { connections: 50, claims: known(1000), warmUp: 60_000, requests: 60_000 }

const folder = mkdtempSync(join(tmpdir(), 'fastify-auth0-users-profile-'))
const postgres = await openPostgres({ name: 'profile', data: values.data })
const issuer = await startLocalIssuer()
try {
  const microseconds = await run(await peopleDatabase(postgres, people))
  report(await readProfile(), microseconds)
} finally {
  await issuer.close()
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
}

function known(size) {
  return Array.from({ length: size }, (_, n) => claimsOf(n + 1))
}

function newcomers(size) {
  const round = `profile-${Date.now()}`
  return Array.from({ length: size }, (_, n) => ({ sub: `auth0|${round}-${n}`, email: `${round}-${n}@example.test` }))
}

/** Answers microseconds of CPU a request. */
async function run(url) {
  const flags = ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${folder}`]
  const server = startChild('side-by-side/server.mjs', import.meta.url, flags)
  const { domain, audience, issuer: iss } = issuer
  const { port } = await server.ask({ type: 'start', ...contender, url, issuer: { domain, audience, issuer: iss } })
  const client = startChild('side-by-side/load.mjs', import.meta.url)
  const { connections, claims, warmUp, requests } = load
  const signed = claims.map(own => issuer.token({ ...own, permissions: ['store.view_asset'] }))
  await client.ask({ type: 'tokens', tokens: await Promise.all(signed) })
  await client.ask({ type: 'send', port, connections, count: warmUp })
  const before = await server.ask({ type: 'usage' })
  await client.ask({ type: 'send', port, connections, count: requests })
  const after = await server.ask({ type: 'usage' })
  for (const child of [client, server]) child.stop()
  return (after.user + after.system - before.user - before.system) / requests
}

/** The server writes it when it ends. */
async function readProfile() {
  for (let waited = 0; waited < 10_000; waited += 100) {
    const [file] = readdirSync(folder)
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8')
    if (text.endsWith('}')) return JSON.parse(text)
    await sleep(100)
  }
  throw new Error('the server left no profile')
}

function report(profile, microseconds) {
  const rows = topFunctions(busySamples(profile), top).map(({ share, where }) => [
    where,
    `${(share * 100).toFixed(1)} %`,
    (share * microseconds).toFixed(2),
  ])
  console.log(`## Profile of ${contender.title}: ${microseconds.toFixed(1)} µs of CPU a request\n`)
  console.log(table(['function', 'self time', 'µs a request'], rows))
  console.error(`- Node.js ${process.version}`)
}
