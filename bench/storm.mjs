// The first sign-in of many new people at once, against what PostgreSQL takes of the same statements from pgbench, and
// against the same requests where nothing but the signature is checked.
// See README.md beside this file. `--people=5000` a round, `--rounds=5`

import { fileURLToPath } from 'node:url'
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { wholeNumber } from './lib/args.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { peopleDatabase } from './lib/people.mjs'
import { findPgbench, runPgbench } from './lib/pgbench.mjs'
import { openPostgres, withClient } from './lib/postgres.mjs'
import { median, pairedRatio, summary } from './lib/stats.mjs'
import { count, spread, table } from './lib/table.mjs'
import { atLeast } from './lib/targets.mjs'
import { contenders } from './side-by-side/contenders.mjs'
import { startContenders, startLoad } from './side-by-side/measure.mjs'

const options = partOptions({ people: { type: 'string' }, rounds: { type: 'string' } })
const rounds = wholeNumber('rounds', options.rounds ?? (options.quick ? '3' : '7'), 2)
const people = wholeNumber('people', options.people ?? '5000', 1000)
const connections = 500
/** As many as one statement of the plugin takes, and as many of these as it runs at a time. */
const batch = 200
const clients = 2
const scripts = ['storm/insert.sql', 'storm/transaction.sql'].map(file => fileURLToPath(new URL(file, import.meta.url)))

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
  const servers = await startContenders(
    contenders.filter(({ name }) => name === 'ours-hit' || name === 'raw-verify'),
    { url, issuer: { domain: issuer.domain, audience: issuer.audience } },
  )
  const load = startLoad()
  const slices = []
  // The first round lets both be compiled and is not counted.
  for (let round = 0; round <= rounds; round++) {
    await load.ask({ type: 'tokens', tokens: await newPeople(round) })
    const slice = {}
    for (const server of servers) slice[server.name] = await rush(load, server)
    for (const script of scripts) slice[script] = { rate: await limitOf(url, script, round) }
    slices.push(slice)
  }
  for (const { stop } of [load, ...servers.map(({ child }) => child)]) stop()
  await withClient(url, cleanUp)
  return slices.slice(1)
}

/** Everybody once: people a second, and for each of them connections taken from the pool and CPU microseconds. */
async function rush(load, { child, port }) {
  const before = await child.ask({ type: 'usage' })
  const { elapsed } = await load.ask({ type: 'send', port, connections, count: people })
  const after = await child.ask({ type: 'usage' })
  return {
    rate: (people * 1000) / elapsed,
    statements: (after.statements - before.statements) / people,
    cpu: (after.user + after.system - before.user - before.system) / people,
  }
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
async function limitOf(url, script, round) {
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
  const column = (name, field) => slices.map(slice => slice[name][field])
  const [row, transaction] = scripts.map(script => column(script, 'rate'))
  const [ours, signature] = [column('ours-hit', 'rate'), column('raw-verify', 'rate')]
  const served = (title, name) => [
    title,
    spread(summary(column(name, 'rate')), 0),
    median(column(name, 'statements')).toFixed(4),
    median(column(name, 'cpu')).toFixed(0),
  ]
  const limits = [
    ['pgbench: the same transaction', spread(summary(transaction), 0), (1 / batch).toFixed(4), ''],
    ['pgbench: the rows alone', spread(summary(row), 0), (1 / batch).toFixed(4), ''],
  ]
  const rows = [
    served('plugin, over HTTP: token, row, audit entry', 'ours-hit'),
    served('the same requests, signature alone', 'raw-verify'),
    ...(pgbench === undefined ? [] : limits),
  ]
  const note = pgbench === undefined ? '\n\nThere is no pgbench here (Debian: apt install postgresql-contrib).' : ''
  const target = (what, rates) =>
    atLeast(
      `${count(people)} new people at once against ${what}`,
      0.6,
      pairedRatio(ours, rates),
      pairedRatio(signature, rates),
    )
  return {
    title: 'Storm of new people',
    markdown: `${rounds} rounds of ${count(people)} people at once over ${connections} connections; medians with quartiles.\n\n${table(['', 'people a second', 'connections taken a person', 'CPU µs a person in Node.js'], rows)}${note}`,
    targets:
      pgbench === undefined
        ? []
        : [target("pgbench's same transaction", transaction), target("pgbench's rows alone", row)],
  }
}
