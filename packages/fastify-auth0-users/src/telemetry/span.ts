import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { errorType, failureOf, type SpanAttributes, typeAmong } from './attributes.ts'
import { stopwatch } from './instruments.ts'
import { scope } from './meter.ts'
import { type SpanName, spanTable } from './span-table.ts'

/** How a piece of work ended. */
export type Ended<T> = { readonly answer: T } | { readonly error: unknown }

/**
 * Runs `work`, which may return at once, inside the span of this name, and calls `report` with its end and the seconds
 * it took. What `report` returns is added to the span.
 */
export function reported<Name extends SpanName, T>(
  name: Name,
  attributes: SpanAttributes<Name>,
  report: (end: Ended<T>, seconds: number) => SpanAttributes<Name>,
  work: () => T | Promise<T>,
): T | Promise<T> {
  const elapsed = stopwatch()
  return inSpan(name, attributes, describe => {
    const accept = (answer: T): T => {
      describe(report({ answer }, elapsed()))
      return answer
    }
    const refuse = (error: unknown): never => {
      describe(report({ error }, elapsed()))
      throw error
    }
    let answer: T | Promise<T>
    try {
      answer = work()
    } catch (error) {
      return refuse(error)
    }
    return answer instanceof Promise ? answer.then(accept, refuse) : accept(answer)
  })
}

/** Says more of a span while it is open. */
export type Describe<Name extends SpanName> = (attributes: SpanAttributes<Name>) => void

/**
 * Runs `work` inside the span of this name in the table of spans. A thrown error becomes its `error.type`,
 * and ends it as failed unless it is a refusal (4xx).
 */
export async function withSpan<Name extends SpanName, T>(
  name: Name,
  attributes: SpanAttributes<Name>,
  work: (describe: Describe<Name>) => Promise<T>,
): Promise<T> {
  return await inSpan(name, attributes, work)
}

/** The same for work that may return at once. */
export function inSpan<Name extends SpanName, T>(
  name: Name,
  attributes: SpanAttributes<Name>,
  work: (describe: Describe<Name>) => T | Promise<T>,
): T | Promise<T> {
  const options = { attributes: attributes as Attributes }
  return trace.getTracer(scope).startActiveSpan(`${scope}.${name}`, options, span => {
    try {
      const answer = work(more => span.setAttributes(more as Attributes))
      if (answer instanceof Promise) return ending(answer, span, name)
      span.end()
      return answer
    } catch (error) {
      fail(span, name, error)
      throw error
    }
  })
}

async function ending<T>(answer: Promise<T>, span: Span, name: SpanName): Promise<T> {
  try {
    const value = await answer
    span.end()
    return value
  } catch (error) {
    fail(span, name, error)
    throw error
  }
}

function fail(span: Span, name: SpanName, error: unknown): void {
  const type = typeOf(name, error)
  span.setAttribute('error.type', type)
  if (failureOf(error) !== 'refused') span.setStatus({ code: SpanStatusCode.ERROR, message: type })
  span.end()
}

function typeOf(name: SpanName, error: unknown): string {
  const values = spanTable[name].attributes['error.type']
  return Array.isArray(values) ? typeAmong(error, code => values.includes(code)) : errorType(error)
}
