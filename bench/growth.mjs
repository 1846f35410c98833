// What the hot queries cost as accounts_user grows. See README.md beside this file.
// `--sizes=10000,1000000` and `--calls=3000`; the data lie below BENCH_DIR or the temporary folder meanwhile.
import { createHash } from 'node:crypto'
import { rmSync, statfsSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import process, { pid, version } from 'node:process'
import { parseArgs } from 'node:util'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { startEmbeddedPostgres } from '../examples/reference-app/dist/embedded/index.js'
import { bindDatabases } from '../packages/fastify-auth0-users/dist/db/handle.js'
import { migrate } from '../packages/fastify-auth0-users/dist/db/migrations/index.js'
import { createDirectory } from '../packages/fastify-auth0-users/dist/users/directory.js'
import { selectByIdentities } from '../packages/fastify-auth0-users/dist/users/users.repository.js'

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,1000000,10000000' },
    calls: { type: 'string', default: '3000' },
  },
})
const sizes = options.sizes.split(',').map(text => wholeNumber('sizes', text, 10_000))
const calls = wholeNumber('calls', options.calls, 100)
if (sizes.some((size, place) => place > 0 && size <= sizes[place - 1])) throw new Error('--sizes must ascend')

/** Rows, indexes, write-ahead log and what building an index takes meanwhile; about 700 bytes in the end. */
const bytesPerPerson = 2000
const groups = 1000
const identityShare = 10
const groupShare = 20
const permissionShare = 10
const firstNames = ['Ann', 'Bea', 'Cem', 'Dirk', 'Eva', 'Finn', 'Gül', 'Hanna', 'Ines', 'Jan']

const database = await openDatabase()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stopOn)
try {
  const results = []
  let filled = 0
  for (const size of sizes) {
    await fill(filled + 1, size)
    filled = size
    results.push(await measureAt(size))
  }
  report(results)
} finally {
  await database.close()
}

function wholeNumber(name, text, least) {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`--${name}: whole numbers from ${least} are needed`)
}

async function openDatabase() {
  const wanted = join(process.env.BENCH_DIR ?? tmpdir(), `fastify-auth0-users-growth-${pid}`)
  const server = await startEmbeddedPostgres({ dataDir: wanted, durable: false })
  const pool = new pg.Pool({ connectionString: server.connectionString(), max: 1 })
  pool.on('error', () => {}) // an idle connection that the server cut; the next query reports it
  const ran = []
  const db = new Kysely({ dialect: new PostgresDialect({ pool }), log: ({ query }) => ran.push(query) })
  let closing
  async function close() {
    await server.stop()
    await db.destroy().catch(() => {}) // its connection may be cut by now
    for (const folder of [wanted, server.dataDir]) rmSync(folder, { recursive: true, force: true })
  }
  try {
    checkSpace(server.dataDir)
    await migrate(db)
  } catch (error) {
    await close()
    throw error
  }
  return {
    db,
    pool,
    /** The statements since the last call. */
    takeStatements: () => ran.splice(0),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function checkSpace(folder) {
  const { bavail, bsize } = statfsSync(folder)
  const needed = sizes.at(-1) * bytesPerPerson + 1e9
  if (bavail * bsize >= needed) return
  throw new Error(`${gigabytes(needed)} are needed in ${folder}, ${gigabytes(bavail * bsize)} are free; set BENCH_DIR`)
}

function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`
}

async function stopOn(signal) {
  await database.close()
  process.exit(128 + constants.signals[signal])
}

/** Adds the people of these numbers. Bulk: without triggers, and with the indexes built afterwards. */
async function fill(first, last) {
  const { pool } = database
  const began = performance.now()
  await pool.query('begin')
  await pool.query("set local session_replication_role = 'replica'; set local maintenance_work_mem = '512MB'")
  const indexes = await secondaryIndexes(pool)
  for (const { name } of indexes) await pool.query(`drop index ${name}`)
  for (const text of fillStatements(first, last)) await pool.query(text)
  for (const { definition } of indexes) await pool.query(definition)
  await pool.query('commit')
  await pool.query('vacuum analyze')
  await pool.query('checkpoint')
  const { rows } = await pool.query(`select pg_size_pretty(pg_database_size(current_database())) as size`)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.error(`- ${count(last)} people: filled in ${seconds} s, the database has ${rows[0].size}`)
}

async function secondaryIndexes(pool) {
  const { rows } = await pool.query(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index where indrelid in ('accounts_user'::regclass, 'accounts_identity'::regclass) and not indisprimary`)
  return rows
}

/** Ids are scattered like random ones, but can be computed here as well. */
function fillStatements(first, last) {
  const numbers = `generate_series(${first}, ${last}) n`
  const names = firstNames.map(name => `'${name}'`)
  const grouped = `generate_series(0, ${groups - 1}) g`
  return [
    `insert into accounts_group (id, name) select md5('group-' || g)::uuid, 'group ' || g from ${grouped}
      on conflict do nothing`,
    `insert into accounts_group_permission (group_id, permission)
      select md5('group-' || g)::uuid, 'store.of_group_' || p from ${grouped}, generate_series(1, 5) p
      on conflict do nothing`,
    `insert into accounts_user (id, auth0_id, username, email, email_verified, first_name, last_name, profile_data)
      select md5('person-' || n)::uuid, 'auth0|person-' || n, 'auth0.person-' || n, 'person-' || n || '@example.test',
        true, (array[${names}])[1 + n % ${firstNames.length}], 'Family' || n, '{"city": "Berlin", "theme": "dark"}'
      from ${numbers}`,
    `insert into accounts_identity (auth0_id, user_id)
      select 'github|' || n, md5('person-' || n)::uuid from ${numbers} where n % ${identityShare} = 0`,
    `insert into accounts_user_group (user_id, group_id)
      select md5('person-' || n)::uuid, md5('group-' || n / ${groupShare} % ${groups})::uuid
      from ${numbers} where n % ${groupShare} = 0`,
    `insert into accounts_user_permission (user_id, permission)
      select md5('person-' || n)::uuid, 'store.own_' || p from ${numbers}, generate_series(1, 2) p
      where n % ${permissionShare} = 0`,
  ]
}

/** What is measured: each call takes a number of a person from `pick` and answers with how many rows came. */
function hotQueries() {
  const { primary, replica, transaction } = bindDatabases(database.db)
  const directory = createDirectory({ primary, replica, transaction }, { onChanged: () => {}, now: Date.now })
  const search = async query => (await directory.search(query)).items.length
  const identities = async subjects => (await selectByIdentities(primary, subjects)).length
  const linked = n => `github|${Math.max(identityShare, n - (n % identityShare))}`
  return [
    ['authentication, 1 identity', pick => identities([subject(pick())])],
    ['authentication, 1 linked identity', pick => identities([linked(pick())])],
    ['authentication, 50 identities', pick => identities(Array.from({ length: 50 }, () => subject(pick())))],
    ['find by id', async pick => found(await directory.find(personId(pick())))],
    ['find by identity', async pick => found(await directory.findByAuth0Id(subject(pick())))],
    ['find by linked identity', async pick => found(await directory.findByAuth0Id(linked(pick())))],
    ['search: whole email', pick => search({ text: `person-${pick()}@example.test` })],
    ['search: full name', pick => search({ text: fullName(pick()) })],
    ['search: last name', pick => search({ text: `family${pick()}` })],
    ['search: page of a common first name', pick => search({ text: firstNames[pick() % firstNames.length] })],
    ['search: a later page of all emails', pick => search({ text: 'person-', after: `email.${personId(pick())}` })],
    ['search: nobody', async pick => 1 + (await search({ text: `nobody ${pick()}` }))],
    ['list: page behind somebody', async pick => 1 + (await search({ after: `email.${personId(pick())}` }))],
  ]
}

function subject(n) {
  return `auth0|person-${n}`
}

function fullName(n) {
  return `${firstNames[n % firstNames.length]} Family${n}`
}

function personId(n) {
  const hex = createHash('md5').update(`person-${n}`).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function found(person) {
  return person === null ? 0 : 1
}

async function measureAt(size) {
  const queries = []
  for (const [name, call] of hotQueries()) {
    const times = await timesOf(name, call, size)
    queries.push({ name, median: at(times, 0.5), p95: at(times, 0.95), ...(await plansOf(call, size)) })
  }
  return { size, queries }
}

/** Milliseconds, ascending. Everybody is asked for with the same chance; the same people in every run. */
async function timesOf(name, call, size) {
  const pick = numbers(size)
  const times = []
  for (let n = -calls / 10; n < calls; n++) {
    const began = performance.now()
    const rows = await call(pick)
    if (n >= 0) times.push(performance.now() - began)
    if (rows === 0) throw new Error(`"${name}" found nobody`)
  }
  return times.sort((a, b) => a - b)
}

/** Numbers from 1 to `size`, always the same ones: a linear congruential generator. */
function numbers(size) {
  let state = 42
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return 1 + Math.floor((state / 2 ** 32) * size)
  }
}

/** How the statements of one call reach their rows, and how many pages they touch. */
async function plansOf(call, size) {
  database.takeStatements()
  const pick = numbers(size)
  // Somebody with grants and with a linked identity first.
  let picked = Math.floor(size / permissionShare / 2) * permissionShare
  await call(() => {
    const n = picked
    picked = pick()
    return n
  })
  const nodes = new Set()
  let pages = 0
  for (const { sql, parameters } of database.takeStatements()) {
    const { rows } = await database.pool.query(`explain (analyze, buffers, format json) ${sql}`, [...parameters])
    const { Plan: plan } = rows[0]['QUERY PLAN'][0]
    pages += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
    for (const node of accessNodes(plan)) nodes.add(node)
  }
  return { pages, nodes: [...nodes] }
}

/** The nodes that read a table or an index; the heap part of a bitmap scan reads what its index part named. */
function accessNodes(plan) {
  const type = plan['Node Type']
  const what = plan['Index Name'] ?? plan['Relation Name']
  const own = what === undefined || type === 'Bitmap Heap Scan' ? [] : [`${type} ${what}`]
  return [...own, ...(plan['Plans'] ?? []).flatMap(accessNodes)]
}

function at(sorted, share) {
  return sorted[Math.floor((sorted.length - 1) * share)]
}

function report(results) {
  console.log(
    `\nNode.js ${version}, one connection, ${count(calls)} calls each; milliseconds: median (95th percentile).`,
  )
  console.log('Pages: those of PostgreSQL (8 KiB) that one call touches, in its cache or not.\n')
  printTable(['query', ...results.flatMap(columns)], rowsOf(results, cells))
  console.log('\nAccess nodes:\n')
  printTable(['query', 'people', 'reads'], accessRows(results))
  const scans = accessRows(results).filter(([, , nodes]) => nodes.includes('Seq Scan'))
  console.log(scans.length === 0 ? '\nNo Seq Scan.' : `\nSEQ SCANS: ${scans.map(([name]) => name).join('; ')}`)
  if (scans.length > 0) process.exitCode = 1
}

function columns({ size }, place) {
  return [`${count(size)} people`, ...(place === 0 ? [] : ['ratio']), 'pages']
}

function cells({ median, p95, pages }, first, place) {
  const ratio = place === 0 ? [] : [`× ${(median / first.median).toFixed(2)}`]
  return [`${median.toFixed(2)} (${p95.toFixed(2)})`, ...ratio, String(pages)]
}

function rowsOf(results, toCells) {
  const [{ queries }] = results
  return queries.map((first, row) => [
    first.name,
    ...results.flatMap((result, place) => toCells(result.queries[row], first, place)),
  ])
}

/** A row for each plan, with the queries and the sizes that it was chosen for. */
function accessRows(results) {
  const byPlan = new Map()
  for (const { size, queries } of results) {
    for (const { name, nodes } of queries) {
      const plan = nodes.join(', ')
      const { names, people } = byPlan.get(plan) ?? { names: new Set(), people: new Set() }
      byPlan.set(plan, { names: names.add(name), people: people.add(count(size)) })
    }
  }
  return [...byPlan].map(([plan, { names, people }]) => [[...names].join('; '), [...people].join('; '), plan])
}

function printTable(head, rows) {
  console.log(`| ${head.join(' | ')} |`)
  console.log(`| ${head.map((_, place) => (place === 0 ? '---' : '---:')).join(' | ')} |`)
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
}

function count(value) {
  return value.toLocaleString('en')
}
