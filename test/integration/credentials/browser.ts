// An HTTP client that treats cookies as browsers do (RFC 6265bis), as far as sessions need it.
import type { FastifyInstance, InjectOptions } from 'fastify'

export interface Cookie {
  readonly name: string
  readonly value: string
  readonly attributes: ReadonlyMap<string, string>
}

export interface Page {
  /** Cookies that are held now. */
  readonly jar: ReadonlyMap<string, Cookie>
  /** A request of a page of this site. */
  send(method: string, url: string, headers?: Record<string, string>, payload?: object): Promise<Answer>
  /** A request that a page of another site makes: no SameSite=Lax cookies but for a top-level GET. */
  sendFromElsewhere(method: string, url: string, topLevel: boolean): Promise<Answer>
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies are compared, not trusted
  readonly body: any
  readonly headers: Readonly<Record<string, unknown>>
}

/** @param secure whether the site is served by https. */
export function openPage(app: FastifyInstance, secure = true): Page {
  const jar = new Map<string, Cookie>()

  async function request(options: InjectOptions, cookies: readonly Cookie[]): Promise<Answer> {
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const headers = { ...options.headers, ...(cookie && { cookie }) }
    const answer = await app.inject({ ...options, headers })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) store(jar, parseSetCookie(line), secure)
    const isJson = String(answer.headers['content-type']).includes('json')
    return { status: answer.statusCode, body: isJson ? answer.json() : answer.body, headers: answer.headers }
  }

  return {
    jar,
    send: (method, url, headers = {}, payload) =>
      request(
        {
          method: method as 'GET',
          url,
          headers: { 'sec-fetch-site': 'same-origin', ...headers },
          ...(payload && { payload }),
        },
        [...jar.values()],
      ),
    sendFromElsewhere(method, url, topLevel) {
      const lax = topLevel && method === 'GET'
      const sent = [...jar.values()].filter(({ attributes }) => attributes.get('samesite') === 'None' || lax)
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
      return request({ method: method as 'GET', url, headers }, sent)
    },
  }
}

export function parseSetCookie(line: string): Cookie {
  const [pair = '', ...rest] = line.split(';').map(part => part.trim())
  const attributes = rest
    .map(part => part.split('='))
    .map(([name = '', value = '']) => [name.toLowerCase(), value] as const)
  const at = pair.indexOf('=')
  return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes: new Map(attributes) }
}

/** Refuses what a browser refuses: Secure over http, and a `__Host-` name without its attributes. */
function store(jar: Map<string, Cookie>, cookie: Cookie, secure: boolean): void {
  const { name, attributes } = cookie
  if (attributes.has('secure') && !secure) return
  const isHostBound = attributes.has('secure') && attributes.get('path') === '/' && !attributes.has('domain')
  if (name.startsWith('__Host-') && !isHostBound) return
  if (attributes.get('max-age') === '0') jar.delete(name)
  else jar.set(name, cookie)
}
