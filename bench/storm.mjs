// The first sign-in of many new people at once, against what PostgreSQL takes of the same statement from pgbench.
// See README.md beside this file. `--people=5000` a round, `--rounds=5`

import { fileURLToPath } from 'node:url'
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { wholeNumber } from './lib/args.mjs'
import { startChild } from './lib/child.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { peopleDatabase } from './lib/people.mjs'
import { findPgbench, runPgbench } from './lib/pgbench.mjs'
import { openPostgres, withClient } from './lib/postgres.mjs'
import { median, pairedRatio, summary } from './lib/stats.mjs'
import { count, spread, table } from './lib/table.mjs'
import { atLeast } from './lib/targets.mjs'

const options = partOptions({ people: { type: 'string' }, rounds: { type: 'string' } })
const rounds = wholeNumber('rounds', options.rounds ?? (options.quick ? '3' : '7'), 2)
const people = wholeNumber('people', options.people ?? '5000', 1000)
const connections = 500
/** As many as one statement of the plugin takes, and as many of these as it runs at a time. */
const batch = 200
const clients = 2
const script = fileURLToPath(new URL('storm/insert.sql', import.meta.url))

const pgbench = findPgbench()
const postgres = await openPostgres({ name: 'storm', data: options.data })
const issuer = await startLocalIssuer()
try {
  finish(options, resultOf(await measure(await peopleDatabase(postgres, 10_000))))
} finally {
  await issuer.close()
  await postgres.close()
}

async function measure(url) {
  const { domain, audience } = issuer
  const server = startChild('side-by-side/server.mjs', import.meta.url)
  const start = { type: 'start', name: 'ours-hit', module: 'ours', url, issuer: { domain, audience } }
  const { port } = await server.ask(start)
  const load = startChild('side-by-side/load.mjs', import.meta.url)
  const slices = []
  // The first round lets both be compiled and is not counted.
  for (let round = 0; round <= rounds; round++) {
    await load.ask({ type: 'tokens', tokens: await newPeople(round) })
    const before = await server.ask({ type: 'usage' })
    const { elapsed } = await load.ask({ type: 'send', port, connections, count: people })
    const after = await server.ask({ type: 'usage' })
    const statements = (after.statements - before.statements) / people
    const cpu = (after.user + after.system - before.user - before.system) / people
    slices.push({ ours: (people * 1000) / elapsed, statements, cpu, limit: await limitOf(url, round) })
  }
  for (const child of [load, server]) child.stop()
  await withClient(url, cleanUp)
  return slices.slice(1)
}

/** Tokens that nobody has seen, of people whom nobody knows. */
async function newPeople(round) {
  const name = `storm-${Date.now()}-${round}`
  return await Promise.all(
    Array.from({ length: people }, (_, n) => {
      const own = { sub: `auth0|${name}-${n}`, email: `${name}-${n}@example.test` }
      return issuer.token({ ...own, permissions: ['store.view_asset'] })
    }),
  )
}

/** Rows a second. */
async function limitOf(url, round) {
  if (pgbench === undefined) return Number.NaN
  const variables = { size: batch, round: `'${Date.now()}-${round}'` }
  const transactions = Math.ceil(people / batch / clients)
  return batch * (await runPgbench(pgbench, url, { file: script, clients, transactions, variables }))
}

/** Kept databases are used again. */
async function cleanUp(client) {
  await client.query(`set session_replication_role = 'replica'`)
  await client.query(`delete from accounts_user where auth0_id like 'pgbench|%' or auth0_id like 'auth0|storm-%'`)
}

function resultOf(slices) {
  const ours = slices.map(slice => slice.ours)
  const limits = slices.map(({ limit }) => limit)
  const rows = [
    [
      'plugin, over HTTP: token, row and audit entry',
      spread(summary(ours), 0),
      median(slices.map(slice => slice.statements)).toFixed(4),
      median(slices.map(({ cpu }) => cpu)).toFixed(0),
    ],
    ...(pgbench === undefined
      ? []
      : [['pgbench: the row alone', spread(summary(limits), 0), (1 / batch).toFixed(4), '']]),
  ]
  const note = pgbench === undefined ? '\n\nThere is no pgbench here (Debian: apt install postgresql-contrib).' : ''
  return {
    title: 'Storm of new people',
    markdown: `${rounds} rounds of ${count(people)} people at once over ${connections} connections; medians with quartiles.\n\n${table(['', 'people a second', 'connections taken a person', 'CPU µs a person in Node.js'], rows)}${note}`,
    targets:
      pgbench === undefined
        ? []
        : [atLeast(`${count(people)} new people at once against pgbench`, 0.6, pairedRatio(ours, limits))],
  }
}
