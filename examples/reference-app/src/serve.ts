import type { FastifyInstance } from 'fastify'
import { pgChangeFeed } from 'fastify-auth0-users'
import { buildApp } from './app.ts'
import { startBackground } from './background.ts'
import type { Config } from './config.ts'
import { openDatabases } from './databases/databases.ts'
import { levelAtStart, loggerOptions } from './logger.ts'
import type { ServeSettings } from './serve-settings.ts'
import { isLoopbackHost } from './stand-in/loopback.ts'
import { errorCode, StartError } from './start-error.ts'
import { startTelemetry } from './telemetry.ts'

/** A process that serves. */
export interface Serving {
  /** As people type it, without trailing slash. */
  readonly url: string
  readonly app: FastifyInstance
  /** Ends everything that was started here, last first. */
  close(): Promise<void>
}

/** Builds the app, listens, and does the background work if this process is to. Throws `StartError`. */
export async function serve(config: Config, settings: ServeSettings, runsJobs: boolean): Promise<Serving> {
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (let end = opened.pop(); end !== undefined; end = opened.pop()) await end()
  }
  try {
    const telemetry = await startTelemetry(config.telemetry)
    opened.push(telemetry.stop)
    // The error itself carries the whole client with it.
    const onLostConnection = ({ message }: Error): void =>
      app.log.warn({ reason: message }, 'lost a database connection')
    const { databases, pool, close: closeDatabases } = openDatabases(settings.connectionStrings, onLostConnection)
    opened.push(closeDatabases)
    const app = await buildApp({
      databases,
      auth: settings.auth,
      eventsSecret: config.eventsSecret,
      changes: pgChangeFeed(pool),
      crawlerHosts: crawlerHosts(config),
      production: config.environment === 'production',
      logger: loggerOptions(config, levelAtStart(config)),
    })
    opened.push(() => app.close())
    if (telemetry.url !== null) app.log.info({ url: telemetry.url }, 'metrics are served')
    const url = await listen(app, config)
    if (runsJobs) {
      const { replicaKeptBy } = settings
      const background = startBackground({ databases, app, replicaKeptBy, crawlerHosts: crawlerHosts(config) })
      opened.push(background.stop)
    }
    app.log.level = config.logLevel
    return { url, app, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The app may always crawl itself, which makes a demonstration of it. */
function crawlerHosts({ crawlerHosts, port }: Config): string[] {
  return [...crawlerHosts, `localhost:${port}`, `127.0.0.1:${port}`]
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    const bound = new URL(await app.listen({ host, port }))
    // `localhost` where it is this machine: browsers treat it as secure, and as one site with the stand-in.
    const shown = isLoopbackHost(host) || host === '0.0.0.0' || host === '::' ? 'localhost' : bound.hostname
    return `http://${shown}:${bound.port}`
  } catch (error) {
    throw explainListen(error, host, port)
  }
}

function explainListen(error: unknown, host: string, port: number): unknown {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} on ${host} is in use.\nStop the other program, or choose a port: PORT=0 takes a free one.`,
      )
    case 'EACCES':
      return new StartError(`This user may not listen on port ${port}. Choose one above 1023, for instance PORT=3000.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        `HOST must be an address of this machine, but is ${host}. Use 127.0.0.1, or 0.0.0.0 for all of them.`,
      )
    default:
      return error
  }
}
