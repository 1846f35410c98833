/**
 * The entry point of the one module that imports OpenTelemetry. Without an SDK in the host the API package returns
 * with no-ops. What can be reported, with every value of every attribute, is in `telemetry/*-metrics.ts` and
 * `telemetry/span-table.ts`.
 */
export { type ErrorType, errorType, type Failure, failureOf, type HookName } from './attributes.ts'
export { type Count, counter, histogram, type Measure, stopwatch } from './instruments.ts'
export { observe } from './observe.ts'
export { type Ended, reported, withSpan } from './span.ts'
