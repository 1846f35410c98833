import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api'
import type { MetricAttributes } from './attributes.ts'
import { currentMeter, scope } from './meter.ts'
import { type MetricName, type MetricTable, metricTable } from './metric-table.ts'

type NameOf<Kind> = { [Name in MetricName]: MetricTable[Name]['kind'] extends Kind ? Name : never }[MetricName]

/** Adds to a counter, one by default. */
export type Count<Name extends MetricName> = (attributes?: MetricAttributes<Name>, amount?: number) => void

/** Adds a measurement to a histogram. */
export type Measure<Name extends MetricName> = (value: number, attributes?: MetricAttributes<Name>) => void

/** Bounds of buckets; those of the SDK are meant for milliseconds. */
const bounds = {
  seconds: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  sizes: [1, 2, 5, 10, 20, 50, 100, 200, 500],
}

/** The counter of this name in the table of metrics. Not for what happens at every request: see `observe`. */
export function counter<Name extends NameOf<'counter'>>(name: Name): Count<Name> {
  const instrument = lazily<Counter>(meter => meter.createCounter(`${scope}.${name}`, describe(name)))
  return (attributes, amount = 1) => instrument().add(amount, attributes as Attributes)
}

/** The histogram of this name in the table of metrics. */
export function histogram<Name extends NameOf<'histogram'>>(name: Name): Measure<Name> {
  const explicitBucketBoundaries = metricTable[name].unit === 's' ? bounds.seconds : bounds.sizes
  const instrument = lazily<Histogram>(meter =>
    meter.createHistogram(`${scope}.${name}`, { ...describe(name), advice: { explicitBucketBoundaries } }),
  )
  return (value, attributes) => instrument().record(value, attributes as Attributes)
}

/** A clock for durations: returns the seconds since it was started. */
export function stopwatch(): () => number {
  const start = performance.now()
  return () => (performance.now() - start) / 1000
}

export function describe(name: MetricName): { unit: string; description: string } {
  const { unit, description } = metricTable[name]
  return { unit, description }
}

/** Made at the first use, and again where another SDK was registered since. */
function lazily<Instrument>(make: (meter: Meter) => Instrument): () => Instrument {
  let made: { readonly meter: Meter; readonly instrument: Instrument } | undefined
  return () => {
    const meter = currentMeter()
    if (made?.meter !== meter) made = { meter, instrument: make(meter) }
    return made.instrument
  }
}
