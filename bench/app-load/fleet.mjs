// What the load runs against: a PostgreSQL of its own, an issuer, and the reference app in several processes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startEmbeddedPostgres } from '../../examples/reference-app/dist/embedded/index.js'
import { startLocalIssuer } from '../../packages/fastify-auth0-users/dist/testing/index.js'

const main = join(import.meta.dirname, '../../examples/reference-app/dist/main.js')

/** Milliseconds that a start may take on a busy machine. */
const startLimit = 120_000

export async function startFleet({ workers }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'app-load-'))
  let server = await startEmbeddedPostgres({ dataDir })
  await server.createDatabase('app')
  const url = server.connectionString('app')
  const issuer = await startLocalIssuer()
  const app = startApp({ url, issuer, workers })
  const origin = await app.origin()
  return {
    origin,
    url,
    issuer,
    /** Ends one of the processes that serve and waits for another in its place. */
    async replaceOne(signal) {
      const before = app.pids()
      process.kill(before.at(-1), signal)
      await until(() => app.pids().length > before.length, 'a new process')
    },
    /** Stops the database, for so many milliseconds, and starts it on the same port. */
    async restartDatabase(pause) {
      await server.stop()
      await new Promise(resolve => setTimeout(resolve, pause))
      server = await startEmbeddedPostgres({ dataDir, port: server.port })
    },
    async stop() {
      const code = await app.stop()
      await issuer.close()
      await server.stop()
      for (const folder of [server.dataDir, dataDir]) await rm(folder, { recursive: true, force: true })
      return code
    },
  }
}

function startApp({ url, issuer, workers }) {
  const { PATH } = process.env
  const child = spawn(process.execPath, [main], {
    env: {
      ...{ PATH, DATABASE_URL: url, WORKERS: String(workers), PORT: '0', LOG_LEVEL: 'info', DEMO_DATA: 'true' },
      ...{ AUTH_DOMAIN: issuer.domain, AUTH_AUDIENCE: issuer.audience },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  const pids = []
  const onLine = line => {
    if (!line.startsWith('{')) return
    const { pid, msg, level, err } = JSON.parse(line)
    if (msg.startsWith('Server listening')) pids.push(pid)
    if (level >= 50 && isUnforeseen(err)) console.error(`  the app logged: ${msg} ${err?.message ?? ''}`)
  }
  createInterface({ input: child.stdout }).on('line', line => {
    if (!printed.includes('Ctrl-C stops it.')) printed += `${line}\n`
    onLine(line)
  })
  const ended = once(child, 'exit')
  return {
    pids: () => [...pids],
    async origin() {
      const early = ended.then(([code]) => {
        throw new Error(`the app ended with ${code} while it was starting`)
      })
      await Promise.race([until(() => printed.includes('Ctrl-C stops it.'), 'the app'), early])
      early.catch(() => {})
      return /API +(\S+)/.exec(printed)[1].replace('localhost', '127.0.0.1')
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      return code
    },
  }
}

/** That a database which is away cannot be reached was foreseen. */
function isUnforeseen(error) {
  return error?.statusCode !== 503 && error?.code !== 'A0U_DATABASE_UNAVAILABLE'
}

async function until(condition, what) {
  const deadline = Date.now() + startLimit
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not start in time`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
