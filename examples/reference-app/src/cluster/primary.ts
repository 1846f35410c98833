import Fastify, { type FastifyBaseLogger } from 'fastify'
import { openBackingServices } from '../backing-services.ts'
import type { Config } from '../config.ts'
import { levelAtStart, loggerOptions } from '../logger.ts'
import { messageOf, type Running } from '../start.ts'
import { createFleet } from './fleet.ts'

/**
 * The first of several processes: it owns the stand-in, the embedded database and the port, and serves
 * nothing itself. Throws `StartError` with advice.
 */
export async function startCluster(config: Config): Promise<Running> {
  const services = await openBackingServices(config)
  // A logger without a server.
  const log: FastifyBaseLogger = Fastify({ logger: loggerOptions(config, levelAtStart(config)) ?? false }).log
  const fleet = createFleet(services.settings, log)
  const close = async (): Promise<void> => {
    await fleet.stop()
    await services.close()
  }
  try {
    const url = await fleet.start(config.workers)
    services.onListening(url)
    if (services.warning !== undefined) log.warn(services.warning)
    log.level = config.logLevel
    log.debug({ workers: config.workers }, 'all workers serve')
    return { message: messageOf(url, services), log, close, restart: fleet.restart }
  } catch (error) {
    await close()
    throw error
  }
}
