import type { FastifyInstance } from 'fastify'
import { announcement } from './announcement.ts'
import { buildApp } from './app.ts'
import { openAuthSide } from './auth.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database.ts'
import { loggerOptions } from './logger.ts'
import { isLoopbackHost } from './stand-in/loopback.ts'
import { errorCode, StartError } from './start-error.ts'
import { openStorage } from './storage.ts'

/** A running application. */
export interface Running {
  /** What to print. */
  readonly message: string
  readonly log: FastifyInstance['log']
  /** Ends everything that was started, last first. */
  close(): Promise<void>
}

/** Starts all parts, in order; when one fails, those before it are ended. Throws `StartError` with advice. */
export async function start(config: Config): Promise<Running> {
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (let end = opened.pop(); end !== undefined; end = opened.pop()) await end()
  }
  try {
    return { ...(await startParts(config, opened)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startParts(config: Config, opened: (() => Promise<void>)[]): Promise<Omit<Running, 'close'>> {
  const auth = await openAuthSide(config)
  opened.push(auth.close)
  const storage = await openStorage(config.database, config.dataDir)
  opened.push(storage.close)

  const onLostConnection = (error: Error): void => app.log.warn({ err: error }, 'lost an idle database connection')
  const db = openDatabase({ connectionString: storage.connectionString, onLostConnection })
  opened.push(() => db.destroy())
  const app = await buildApp({ db, auth: auth.options, logger: loggerOptions(config, config.logLevel) })
  opened.push(() => app.close())

  const url = await listen(app, config)
  if (auth.warning !== undefined) app.log.warn(auth.warning)
  const message = announcement({ url, database: storage.description, auth: auth.description, token: auth.token })
  return { message, log: app.log }
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
      return new StartError(`HOST=${host} is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of them.`)
    default:
      return error
  }
}
