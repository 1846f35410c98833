import type { FastifyRequest, FastifyServerOptions } from 'fastify'
import type { Config } from './config.ts'

/**
 * The level while the app starts: at a terminal only what is wrong, so that the start message is read and not
 * the lines around it.
 */
export function levelAtStart(config: Config): Config['logLevel'] {
  const chatty = config.logLevel === 'info' || config.logLevel === 'debug' || config.logLevel === 'trace'
  return chatty && isForPeople(config) ? 'warn' : config.logLevel
}

/** Lines for people at a terminal, JSON for everything else. */
export function loggerOptions(config: Config, level: Config['logLevel']): FastifyServerOptions['logger'] {
  const transport = {
    target: 'pino-pretty',
    options: { translateTime: 'HH:MM:ss', ignore: 'pid,hostname', singleLine: true },
  }
  const serializers = { req: describeRequest }
  return isForPeople(config) ? { level, serializers, transport } : { level, serializers }
}

/** As Fastify's own, without the query: it may hold a code of the sign-in, or a search text. */
function describeRequest({ method, url, host, ip, socket }: FastifyRequest): Record<string, unknown> {
  return { method, url: url.split('?', 1)[0], host, remoteAddress: ip, remotePort: socket.remotePort }
}

function isForPeople({ environment }: Config): boolean {
  return environment !== 'production' && process.stdout.isTTY
}
