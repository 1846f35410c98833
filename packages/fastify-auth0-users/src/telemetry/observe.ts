import type { BatchObservableCallback, BatchObservableResult, Meter, Observable } from '@opentelemetry/api'
import type { MetricAttributes } from './attributes.ts'
import { describe } from './instruments.ts'
import { currentMeter, onMeter, scope } from './meter.ts'
import { type MetricKind, type MetricName, type MetricTable, metricTable } from './metric-table.ts'

type ObservedName = {
  [Name in MetricName]: MetricTable[Name]['kind'] extends `observed-${string}` ? Name : never
}[MetricName]

/** One value and what it belongs to. */
export type Observation<Name extends MetricName> = readonly [value: number, attributes?: MetricAttributes<Name>]

/** Answers the values of a metric as they are now. Called when an SDK collects, so it must be quick and never throw. */
export type Sources = { readonly [Name in ObservedName]?: () => readonly Observation<Name>[] }

type Source = () => readonly (readonly [number, Readonly<Record<string, string>>?])[]

const sources = new Map<ObservedName, Set<Source>>()

/** What is left of sources that ended: a counter must not go down, and a sum goes back to 0. */
const kept = new Map<ObservedName, readonly Value[]>()

interface Value {
  readonly value: number
  readonly attributes: Readonly<Record<string, string>>
}

interface Attached {
  readonly meter: Meter
  readonly callback: BatchObservableCallback
  readonly instruments: Observable[]
}

let attached: Attached | undefined

onMeter(meter => {
  if (attached !== undefined) attach(meter)
})

/**
 * Reports plain numbers, read only when an SDK collects: counting them costs an addition. Sources of
 * several instances add up.
 *
 * @returns ends them; what they had counted stays counted, and is still reported.
 */
export function observe(given: Sources): () => void {
  const entries = Object.entries(given) as [ObservedName, Source][]
  for (const [name, source] of entries) sources.set(name, (sources.get(name) ?? new Set()).add(source))
  const meter = currentMeter()
  if (attached === undefined) attach(meter)
  return () => {
    for (const [name, source] of entries) end(name, source)
  }
}

function end(name: ObservedName, source: Source): void {
  const those = sources.get(name)
  if (those?.delete(source) !== true) return
  const { kind } = metricTable[name]
  if (kind === 'observed-counter') kept.set(name, combined(name, [source]))
  if (kind === 'observed-sum') kept.set(name, combined(name, [source]).map(nothing))
  if (those.size === 0) sources.delete(name)
}

/** The values of some sources and of those that ended, one for each set of attributes. */
function combined(name: ObservedName, those: Iterable<Source>): readonly Value[] {
  const combine = rules[metricTable[name].kind]
  const values = new Map((kept.get(name) ?? []).map(value => [keyOf(value.attributes), value]))
  for (const source of those) {
    for (const [value, attributes = {}] of source()) {
      const key = keyOf(attributes)
      const before = values.get(key)?.value
      values.set(key, { value: before === undefined ? value : combine(before, value), attributes })
    }
  }
  return [...values.values()]
}

const nothing = ({ attributes }: Value): Value => ({ value: 0, attributes })

const add = (a: number, b: number): number => a + b

const rules: Readonly<Record<MetricKind, (a: number, b: number) => number>> = {
  counter: add,
  histogram: add,
  'observed-counter': add,
  'observed-sum': add,
  'observed-least': Math.min,
  'observed-greatest': Math.max,
}

function keyOf(attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify(attributes)
}

function attach(meter: Meter): void {
  attached?.meter.removeBatchObservableCallback(attached.callback, attached.instruments)
  const names = (Object.keys(metricTable) as MetricName[]).filter(isObserved)
  const instruments = new Map(names.map(name => [name, instrumentOf(meter, name)]))
  function callback(result: BatchObservableResult): void {
    for (const [name, instrument] of instruments) {
      const values = combined(name, sources.get(name) ?? [])
      for (const { value, attributes } of values) result.observe(instrument, value, attributes)
    }
  }
  attached = { meter, callback, instruments: [...instruments.values()] }
  meter.addBatchObservableCallback(callback, attached.instruments)
}

function isObserved(name: MetricName): name is ObservedName {
  return metricTable[name].kind.startsWith('observed-')
}

function instrumentOf(meter: Meter, name: ObservedName): Observable {
  const { kind } = metricTable[name]
  const [full, options] = [`${scope}.${name}`, describe(name)]
  if (kind === 'observed-counter') return meter.createObservableCounter(full, options)
  if (kind === 'observed-sum') return meter.createObservableUpDownCounter(full, options)
  return meter.createObservableGauge(full, options)
}
