import { randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** Text that is safe inside an HTML element or a quoted attribute. */
export interface Html {
  readonly html: string
}

/** A template whose values are escaped, unless they are `Html` already. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  return { html: parts.map((part, index) => (index === 0 ? part : toHtml(values[index - 1] ?? '') + part)).join('') }
}

function toHtml(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return escapeHtml(value)
  return 'html' in value ? value.html : value.map(toHtml).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? character)
}

/** This machine, any port: where forms may lead (they end in a redirect to the app) and who may frame us. */
const loopbackSources = 'http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:*'

/** Sends a page that runs no script, may not be framed, and loads our own style sheet only. */
export function sendPage(reply: FastifyReply, page: Html, statusCode = 200): FastifyReply {
  const policy = `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' ${loopbackSources}; frame-ancestors 'none'; base-uri 'none'`
  return reply
    .code(statusCode)
    .header('content-security-policy', policy)
    .type('text/html; charset=utf-8')
    .send(page.html)
}

/**
 * The answer to a silent request in a hidden frame: posted to the page that opened it, and to no
 * other origin than that of the redirect URI (OAuth 2.0 Web Message Response Mode, draft).
 */
export function sendWebMessage(
  reply: FastifyReply,
  targetOrigin: string,
  response: Readonly<Record<string, string>>,
): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; frame-ancestors ${loopbackSources}; base-uri 'none'`
  const message = toScript({ type: 'authorization_response', response })
  const script = `(window.opener ?? window.parent).postMessage(${message}, ${toScript(targetOrigin)})`
  const body = `<!doctype html><html lang="en"><title>Signing in</title><script nonce="${nonce}">${script}</script></html>`
  return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(body)
}

/** JSON that can stand in a script element. */
function toScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
