import type { FastifyServerOptions } from 'fastify'
import type { Config } from './config.ts'

/** Lines for people at a terminal, JSON for everything else. */
export function loggerOptions({ environment }: Config, level: Config['logLevel']): FastifyServerOptions['logger'] {
  const pretty = environment !== 'production' && process.stdout.isTTY
  const transport = {
    target: 'pino-pretty',
    options: { translateTime: 'HH:MM:ss', ignore: 'pid,hostname', singleLine: true },
  }
  return pretty ? { level, transport } : { level }
}
