import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The cookie that carries a session's secret. */
export interface SessionCookie {
  /** The secret in a request's cookies, if there is one. Untrusted. */
  secretOf(request: FastifyRequest): string | undefined
  /** @param maxAge seconds. */
  set(reply: FastifyReply, secret: string, maxAge: number): void
  clear(reply: FastifyReply): void
}

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/**
 * The registration of @fastify/cookie is in an instance of its own, so that it meets none of the host.
 *
 * @param insecure without `Secure` and `__Host-`, and then for connections from this machine only.
 */
export async function createSessionCookie(newScope: () => FastifyInstance, insecure: boolean): Promise<SessionCookie> {
  const scope = newScope()
  scope.register(cookie)
  await scope.ready()
  const { parseCookie, serializeCookie } = scope
  const name = insecure ? 'a0u_session' : '__Host-a0u_session'
  const attributes = { path: '/', httpOnly: true, secure: !insecure, sameSite: 'lax' } as const

  function send(reply: FastifyReply, value: string, maxAge: number): void {
    reply.header('set-cookie', serializeCookie(name, value, { ...attributes, maxAge }))
  }

  return {
    secretOf({ headers, raw }) {
      const header = headers.cookie
      if (header === undefined || !header.includes(name)) return undefined
      if (insecure && !loopback.has(raw.socket.remoteAddress ?? '')) return undefined
      return parseCookie(header)[name]
    },
    set: (reply, secret, maxAge) => send(reply, secret, maxAge),
    clear: reply => send(reply, '', 0),
  }
}
