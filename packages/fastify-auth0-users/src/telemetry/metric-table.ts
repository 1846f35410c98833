import { type PushMetrics, pushMetrics } from './push-metrics.ts'
import { type RequestMetrics, requestMetrics } from './request-metrics.ts'
import { type PeopleMetrics, peopleMetrics } from './user-metrics.ts'

export type MetricKind =
  | 'counter'
  | 'histogram'
  | 'observed-counter'
  | 'observed-sum'
  | 'observed-least'
  | 'observed-greatest'

/** All values of an attribute, or a set of them that is bounded elsewhere. */
export type AttributeValues = readonly string[] | 'code' | 'host' | 'status' | 'count'

export interface MetricSpec {
  readonly kind: MetricKind
  readonly unit: string
  readonly description: string
  readonly attributes: Readonly<Record<string, AttributeValues>>
}

export type MetricTable = RequestMetrics & PeopleMetrics & PushMetrics
export type MetricName = keyof MetricTable

/**
 * Every metric: its kind, its unit (UCUM; what is counted stands in braces) and the values that its
 * attributes may have. A list holds all values there are; `code` is a code of the error catalogue or `_OTHER`,
 * `host` the host of a configured issuer. So no attribute ever holds a subject, an email, a token, an id, a
 * profile value or free text, and the number of series is bounded. docs/telemetry.md repeats this table; a
 * test compares the two.
 */
export const metricTable: Readonly<Record<MetricName, MetricSpec>> = {
  ...requestMetrics,
  ...peopleMetrics,
  ...pushMetrics,
}
