import { type Attributes, metrics, SpanStatusCode, trace } from '@opentelemetry/api'

/**
 * The only place that knows OpenTelemetry. Without an SDK in the host the API package answers with
 * no-ops. Attribute values are codes and counts from our own fixed lists: never a subject, an
 * email, a token or a profile value.
 */
const scope = 'fastify-auth0-users'

/** Runs `work` inside a span named `fastify-auth0-users.<name>`; a thrown error ends it as failed. */
export async function withSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return await trace.getTracer(scope).startActiveSpan(`${scope}.${name}`, { attributes }, async span => {
    try {
      return await work()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: errorCode(error) })
      throw error
    } finally {
      span.end()
    }
  })
}

/** Adds one to the counter `fastify-auth0-users.<name>`. */
export type Count = (attributes?: Attributes) => void

/** A counter named `fastify-auth0-users.<name>`; the instrument is made at the first use, after a host's SDK. */
export function counter(name: string, description: string): Count {
  let add: Count | undefined
  return attributes => {
    if (add === undefined) {
      const instrument = metrics.getMeter(scope).createCounter(`${scope}.${name}`, { description })
      add = given => instrument.add(1, given)
    }
    add(attributes)
  }
}

function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'error'
}
