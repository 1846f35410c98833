import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import type { Test } from 'tap'

const prefix = 'fastify-auth0-users.'

/** Metrics by name, without the prefix; of each the values by their attributes, written as `a=1 b=2`. */
export type Metrics = ReadonlyMap<string, ReadonlyMap<string, number>>

/** A real SDK whose exporters keep what they get, for the rest of the process. */
export interface Recorder {
  /** Reads everything as it is now; of a histogram the number of measurements. */
  collect(): Promise<Metrics>
  /** The same as the SDK hands it to exporters. */
  raw(): Promise<readonly MetricData[]>
  /** The value of a metric now; 0 where there is none. */
  value(name: string, attributes?: string): Promise<number>
  /** Ended spans of the plugin since the last call, in the order of their ends. */
  takeSpans(): readonly ReadableSpan[]
}

/** Registers the SDK; ends with the test. One at a time in a process. */
export function recordTelemetry(t: Pick<Test, 'teardown'>): Recorder {
  const meters = recordMetrics(t)
  const exporter = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  provider.register()
  t.teardown(() => provider.shutdown())
  return {
    ...meters,
    takeSpans() {
      const spans = exporter.getFinishedSpans().filter(({ name }) => name.startsWith(prefix))
      exporter.reset()
      return spans
    },
  }
}

/** Metrics only. */
export function recordMetrics(t: Pick<Test, 'teardown'>): Omit<Recorder, 'takeSpans'> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  t.teardown(async () => {
    metrics.disable()
    await provider.shutdown()
  })

  async function raw(): Promise<readonly MetricData[]> {
    exporter.reset()
    await provider.forceFlush()
    const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    return scopes.flatMap(scope => scope.metrics).filter(({ descriptor }) => descriptor.name.startsWith(prefix))
  }

  async function collect(): Promise<Metrics> {
    return new Map((await raw()).map(metric => [metric.descriptor.name.slice(prefix.length), valuesOf(metric)]))
  }

  return {
    raw,
    collect,
    value: async (name, attributes = '') => (await collect()).get(name)?.get(attributes) ?? 0,
  }
}

function valuesOf(metric: MetricData): ReadonlyMap<string, number> {
  if (metric.dataPointType === DataPointType.HISTOGRAM)
    return new Map(metric.dataPoints.map(({ attributes, value }) => [keyOf(attributes), value.count]))
  return new Map(metric.dataPoints.map(({ attributes, value }) => [keyOf(attributes), Number(value)]))
}

function keyOf(attributes: object): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(' ')
}
