import { type Meter, type MeterProvider, metrics } from '@opentelemetry/api'

/** The instrumentation scope, and what every name starts with. */
export const scope = 'fastify-auth0-users'

let provider: MeterProvider | undefined
let meter: Meter | undefined
const listeners: ((meter: Meter) => void)[] = []

/**
 * The meter of the SDK that is registered now. Before there is one the API returns no-ops that stay so for ever, so
 * instruments ask again at each use and are made anew when it changes.
 */
export function currentMeter(): Meter {
  const registered = metrics.getMeterProvider()
  if (meter === undefined || registered !== provider) {
    provider = registered
    meter = registered.getMeter(scope)
    for (const listener of listeners) listener(meter)
  }
  return meter
}

/** Calls `listener` whenever another SDK turns out to be registered. */
export function onMeter(listener: (meter: Meter) => void): void {
  listeners.push(listener)
}
