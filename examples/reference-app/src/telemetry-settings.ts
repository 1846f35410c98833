import type { Reader } from './config-reader.ts'

/** Where metrics are read and traces are sent. */
export interface TelemetrySettings {
  readonly host: string
  /** Of the first process that serves; further ones take the ports above it. 0 takes a free one. */
  readonly port: number
  readonly serviceName: string
  /** Of a collector, for instance `http://127.0.0.1:4318`; null: no traces. */
  readonly collector: string | null
}

/** What reports to the outside. */
export interface Telemetry {
  /** Where Prometheus reads the metrics; null where nothing is reported. */
  readonly url: string | null
  /** Sends what is left of the traces, and ends the server of the metrics. */
  stop(): Promise<void>
}

/** Null unless `TELEMETRY` is true. */
export function readTelemetry(reader: Reader): TelemetrySettings | null {
  const settings = {
    host: reader.text('METRICS_HOST') ?? '127.0.0.1',
    port: reader.port('METRICS_PORT', 9464),
    serviceName: reader.text('OTEL_SERVICE_NAME') ?? 'reference-app',
    collector: readCollector(reader),
  }
  return reader.flag('TELEMETRY', false) ? settings : null
}

function readCollector({ text, faults }: Reader): string | null {
  const given = text('OTEL_EXPORTER_OTLP_ENDPOINT')
  if (given === undefined) return null
  if (!/^https?:\/\//.test(given) || !URL.canParse(given)) {
    faults.push('OTEL_EXPORTER_OTLP_ENDPOINT must be the URL of a collector, for instance http://127.0.0.1:4318')
  }
  return given.replace(/\/$/, '')
}
