import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Address, connectionString, createDatabase, dropDatabase } from './admin.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { type Cluster, clusterFolder, openCluster } from './cluster.ts'
import { serverIdentity } from './identity.ts'
import { placeData } from './places.ts'
import { recordOwner, resolvePrevious } from './previous.ts'
import { hasEnded, type RunningServer, runServer } from './server.ts'

export interface EmbeddedPostgresOptions {
  /** Where the data shall lie; made if missing, found again at the next start. */
  readonly dataDir: string
  /** TCP port on 127.0.0.1 [0: a free one]. */
  readonly port?: number
  /** Gets a line for each step; never holds the password. */
  readonly log?: (line: string) => void
  /** Whether commits survive a power cut [true]; false is faster, for tests. */
  readonly durable?: boolean
  /** Whether the server goes on when this process ends without `stop()` [false]. */
  readonly outlive?: boolean
}

export interface EmbeddedPostgres {
  readonly port: number
  /** Process id of the server. */
  readonly pid: number
  /** Where the data really lies: elsewhere than wanted when the server's user cannot reach that folder. */
  readonly dataDir: string
  /** With the password in it: not for logs. Default database: `postgres`. */
  connectionString(database?: string): string
  /** Does nothing when it exists. */
  createDatabase(name: string, options?: { readonly template?: string }): Promise<void>
  /** Does nothing when it does not exist; closes the connections to it. */
  dropDatabase(name: string): Promise<void>
  /** Ends the server; connections are cut, commits are kept. Can be called twice. */
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL server on loopback, from the binaries that npm installed (or the
 * system's). As root it runs as `nobody`, since PostgreSQL refuses root; files that this user cannot
 * reach are then kept below `/var/lib/fastify-auth0-users`, and `dataDir` of the answer says so.
 * Throws an `Error` whose message says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { port = 0, log = () => {}, durable = true, outlive = false } = options
  const dataDir = placeData(options.dataDir, serverIdentity(clusterFolder(options.dataDir)))
  const identity = serverIdentity(join(clusterFolder(dataDir), 'data'))
  const binaries = findBinaries(identity)
  log(`PostgreSQL ${binaries.major} (${binaries.source}), data in ${dataDir}`)
  const cluster = openCluster(dataDir, binaries, identity, durable)
  await resolvePrevious(dataDir, cluster)
  recordOwner(dataDir, outlive ? 0 : process.pid)
  const server = await runServer({ dataDir, cluster, binaries, identity, port, durable })
  log(`PostgreSQL takes connections on 127.0.0.1:${server.port}`)
  return handle(server, dataDir, cluster, binaries, outlive)
}

function handle(
  server: RunningServer,
  dataDir: string,
  cluster: Cluster,
  binaries: Binaries,
  outlive: boolean,
): EmbeddedPostgres {
  const address: Address = { port: server.port, password: cluster.password }
  const onExit = (): void => void server.child.kill('SIGINT')
  if (!outlive) process.once('exit', onExit)
  return {
    port: server.port,
    pid: server.pid,
    dataDir,
    connectionString: database => connectionString(address, database),
    createDatabase: (name, { template } = {}) => createDatabase(address, name, template),
    dropDatabase: name => dropDatabase(address, name),
    async stop() {
      process.removeListener('exit', onExit)
      await stopChild(server, cluster, binaries)
    },
  }
}

/** Fast shutdown; after 20 s an immediate one, which the next start recovers from; after 25 s a kill. */
async function stopChild({ child }: RunningServer, { pgdata }: Cluster, { pgCtl }: Binaries): Promise<void> {
  if (hasEnded(child)) return
  child.ref()
  const escalations = [setTimeout(() => child.kill('SIGQUIT'), 20_000), setTimeout(() => child.kill('SIGKILL'), 25_000)]
  const exited = once(child, 'exit')
  // Windows has no signals; there pg_ctl speaks to the server.
  if (process.platform === 'win32') spawnSync(pgCtl, ['stop', '-D', pgdata, '-m', 'fast', '-W'])
  else child.kill('SIGINT')
  await exited
  for (const timer of escalations) clearTimeout(timer)
}
