import { catalogue, type ErrorCode } from '../errors.ts'
import { httpStatusOf, isClientError } from '../lib/http-status.ts'
import type { AttributeValues, MetricName, MetricTable } from './metric-table.ts'
import type { SpanName, SpanTable } from './span-table.ts'

/** A code of the catalogue; `_OTHER`, as the semantic conventions call it, for errors that are not ours. */
export type ErrorType = ErrorCode | '_OTHER'

type ValueOf<Values extends AttributeValues> = Values extends readonly string[]
  ? Values[number]
  : Values extends 'code'
    ? ErrorType
    : Values extends 'host'
      ? string
      : number

type ValuesOf<Table extends Readonly<Record<string, AttributeValues>>> = {
  readonly [Name in keyof Table]?: ValueOf<Table[Name]>
}

/** What may be said beside a measurement, by name and value. */
export type MetricAttributes<Name extends MetricName> = ValuesOf<MetricTable[Name]['attributes']>

/** The same for a span. */
export type SpanAttributes<Name extends SpanName> = ValuesOf<SpanTable[Name]['attributes']>

/** The hooks that a host may give. */
export type HookName = NonNullable<SpanAttributes<'hook'>['hook.name']>

/** How a piece of work ended that threw: refused (4xx), not possible at the moment (503), or failed. */
export type Failure = 'refused' | 'unavailable' | 'failed'

export function failureOf(error: unknown): Failure {
  if (httpStatusOf(error) === 503) return 'unavailable'
  return isClientError(error) ? 'refused' : 'failed'
}

/** The code of one of our errors. Other errors have none: their codes are not from a list of ours. */
export function errorType(error: unknown): ErrorType {
  return typeAmong(error, code => Object.hasOwn(catalogue, code)) as ErrorType
}

/** The `code` of an error if it is among `values`. */
export function typeAmong(error: unknown, has: (code: string) => boolean): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && has(code) ? code : '_OTHER'
}
