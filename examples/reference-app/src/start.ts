import type { FastifyInstance } from 'fastify'
import { announcement } from './announcement.ts'
import { type BackingServices, openBackingServices } from './backing-services.ts'
import type { Config } from './config.ts'
import { serve } from './serve.ts'

/** A running application. */
export interface Running {
  /** What to print. */
  readonly message: string
  readonly log: FastifyInstance['log']
  /** Ends everything that was started, last first. */
  close(): Promise<void>
  /** Replaces the processes that serve, without a failed request; where there are several. */
  restart?(): Promise<void>
}

/** Starts all parts in this process, in order; when one fails, those before it are ended. Throws `StartError` with advice. */
export async function start(config: Config): Promise<Running> {
  const services = await openBackingServices(config)
  try {
    const serving = await serve(config, services.settings, true)
    if (services.warning !== undefined) serving.app.log.warn(services.warning)
    services.onListening(serving.url)
    const close = async (): Promise<void> => {
      await serving.close()
      await services.close()
    }
    return { message: messageOf(serving.url, services), log: serving.app.log, close }
  } catch (error) {
    await services.close()
    throw error
  }
}

/** What a person reads after the start. */
export function messageOf(url: string, { description, token, platformToken, settings }: BackingServices): string {
  return announcement({ url, ...description, token, platformToken, standIn: settings.auth.standIn === true })
}
