import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Meter } from '@opentelemetry/api'
import type { FastifyInstance } from 'fastify'

const channel = 'fastify.initialization'
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Measures every request of every Fastify instance that is made from now on, by the semantic conventions of
 * OpenTelemetry: by route, never by URL, so that the number of series is bounded. Answers what ends it.
 */
export function measureRequests(meter: Meter): () => void {
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP requests',
    advice: { explicitBucketBoundaries: bounds },
  })
  const onInitialization = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onResponse', function measureRequest(request, reply, done) {
      duration.record(reply.elapsedTime / 1000, {
        'http.request.method': request.method,
        'http.route': request.routeOptions.url ?? 'unknown',
        'http.response.status_code': reply.statusCode,
      })
      done()
    })
  }
  subscribe(channel, onInitialization)
  return () => void unsubscribe(channel, onInitialization)
}
