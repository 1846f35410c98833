import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { FastifyOtelInstrumentation } from '@fastify/otel'
import { context, metrics, trace } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { measureRequests } from './request-metrics.ts'
import { errorCode, StartError } from './start-error.ts'
import type { Telemetry, TelemetrySettings } from './telemetry-settings.ts'

/** Milliseconds that the collector gets. */
const patience = 2000

/** Metrics for Prometheus on a port of their own, and traces for a collector, where one is named. */
export async function startSdk({ host, port, serviceName, collector }: TelemetrySettings): Promise<Telemetry> {
  const resource = resourceFromAttributes({ 'service.name': serviceName, 'service.instance.id': String(process.pid) })
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const meters = new MeterProvider({ resource, readers: [exporter] })
  const server = await listen(exporter, host, port)
  metrics.setGlobalMeterProvider(meters)
  const stopMeasuring = measureRequests(meters.getMeter('reference-app'))
  const stopTracing = collector === null ? async () => {} : startTracing(resource, collector)
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/metrics`,
    async stop() {
      stopMeasuring()
      await stopTracing()
      server.closeAllConnections()
      server.close()
      await meters.shutdown()
      metrics.disable()
    },
  }
}

async function listen(exporter: PrometheusExporter, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') exporter.getMetricsRequestHandler(request, response)
    else response.writeHead(404).end()
  })
  try {
    // Exclusive: a worker's port is its own, not one that the first process hands out in turn.
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    throw new StartError(
      `Port ${port} on ${host} is in use. Choose another for the metrics: METRICS_PORT=0 takes a free one.`,
    )
  }
  server.unref()
  return server
}

/** Answers what ends it. A collector that is away costs nothing but the spans. */
function startTracing(resource: Resource, collector: string): () => Promise<void> {
  const exporter = new OTLPTraceExporter({ url: `${collector}/v1/traces`, timeoutMillis: patience })
  const tracers = new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporter)] })
  tracers.register()
  // Every Fastify instance that is made from now on is traced.
  const instrumentation = new FastifyOtelInstrumentation({ registerOnInitialization: true })
  instrumentation.setTracerProvider(tracers)
  return async () => {
    instrumentation.disable()
    // What cannot be sent to the collector by then is lost; that must not keep the app from ending.
    await Promise.race([tracers.shutdown().catch(() => {}), sleep(patience, undefined, { ref: false })])
    trace.disable()
    context.disable()
  }
}
