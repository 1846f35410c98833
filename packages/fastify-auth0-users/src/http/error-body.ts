import type { FastifyReply, FastifyRequest, onSendHookHandler, RouteOptions } from 'fastify'
import { Auth0UsersError } from '../errors.ts'

/*
 * Fastify's default body of an error has four fields and drops what ours say beside them. Routes
 * whose guards can refuse with extras get an `onSend` hook that adds them to exactly that body; what
 * a host's own error handler or response schema made is left as it is.
 */

const refusals = new WeakMap<FastifyReply, Auth0UsersError>()

/** Remembers a refusal whose extras belong in the body. */
export function keepExtras(error: unknown, reply: FastifyReply): void {
  if (error instanceof Auth0UsersError && error.extra !== undefined) refusals.set(reply, error)
}

/** For `onRoute`: adds the hook to a route, once. */
export function sendExtras(route: RouteOptions): void {
  const given = route.onSend ?? []
  const hooks = (Array.isArray(given) ? given : [given]) as onSendHookHandler[]
  if (!hooks.includes(auth0UsersAddExtras)) route.onSend = [...hooks, auth0UsersAddExtras]
}

const defaultFields = ['statusCode', 'code', 'error', 'message']

function auth0UsersAddExtras(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  const error = refusals.get(reply)
  const body = error === undefined || typeof payload !== 'string' ? undefined : defaultBody(payload, error.code)
  if (body === undefined) {
    done(null, payload)
    return
  }
  const extended = JSON.stringify({ ...body, ...error?.extra })
  reply.header('content-length', Buffer.byteLength(extended))
  done(null, extended)
}

/** The parsed body, if it is the one that Fastify makes of this error. */
function defaultBody(payload: string, code: string): Readonly<Record<string, unknown>> | undefined {
  if (!payload.startsWith('{')) return undefined
  const body = JSON.parse(payload) as Record<string, unknown>
  const isDefault = Object.keys(body).length === defaultFields.length && defaultFields.every(field => field in body)
  return isDefault && body['code'] === code ? body : undefined
}
