import type { ServerResponse } from 'node:http'

/**
 * How the key server can fail:
 * - `refuse`: no server listens on the port;
 * - `reset`: the connection is cut before a response;
 * - `hang`: the request never gets a response;
 * - `stalled-body`: headers and half a body, then nothing; `slow-body`: one byte each 100 ms;
 * - `status-404`, `status-429`, `status-500`: an error response;
 * - `redirect`: to a right key set on another origin (`http://localhost`);
 * - `html`, `truncated` (half a JSON document), `empty` (no body), `not-an-object` (JSON, but an array);
 * - `empty-set`: no key; `too-many-keys`: the right ones among 1000;
 * - `huge`: 100 MB of body; `huge-declared`: the same, announced by `Content-Length`;
 * - `none`: works.
 */
export type Outage = 'none' | 'refuse' | AnsweredOutage

type AnsweredOutage =
  | 'reset'
  | 'hang'
  | 'stalled-body'
  | 'slow-body'
  | 'status-404'
  | 'status-429'
  | 'status-500'
  | 'redirect'
  | 'html'
  | 'truncated'
  | 'empty'
  | 'not-an-object'
  | 'empty-set'
  | 'too-many-keys'
  | 'huge'
  | 'huge-declared'

/** What the response would have been. */
export interface Intended {
  /** JSON text. */
  readonly body: string
  /** Path of the request. */
  readonly path: string
  readonly port: number
}

/** Every way in which the local issuer’s key server can fail, for tests that go through all of them. */
export const outages: readonly Outage[] = [
  'none',
  'refuse',
  'reset',
  'hang',
  'stalled-body',
  'slow-body',
  'status-404',
  'status-429',
  'status-500',
  'redirect',
  'html',
  'truncated',
  'empty',
  'not-an-object',
  'empty-set',
  'too-many-keys',
  'huge',
  'huge-declared',
]

/** The path that `redirect` leads to, under which everything is served as usual. */
export const redirectPrefix = '/redirected'

const hugeSize = 100 * 1024 * 1024

export const failures: Readonly<Record<AnsweredOutage, (response: ServerResponse, intended: Intended) => void>> = {
  reset: response => response.socket?.destroy(),
  hang: () => {},
  'stalled-body': (response, { body }) => {
    json(response, 200).write(body.slice(0, body.length / 2))
  },
  'slow-body': (response, { body }) => trickle(json(response, 200), body),
  'status-404': response => json(response, 404).end('{"error":"not_found"}'),
  'status-429': response => json(response, 429, { 'retry-after': '1' }).end('{"error":"too_many_requests"}'),
  'status-500': response => json(response, 500).end('{"error":"internal"}'),
  redirect: (response, { path, port }) =>
    json(response, 302, { location: `http://localhost:${port}${redirectPrefix}${path}` }).end(),
  html: response => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Down</title>'),
  truncated: (response, { body }) => json(response, 200).end(body.slice(0, body.length / 2)),
  empty: response => json(response, 200).end(),
  'not-an-object': response => json(response, 200).end('["keys"]'),
  'empty-set': response => json(response, 200).end('{"keys":[]}'),
  'too-many-keys': (response, { body }) => json(response, 200).end(crowded(body)),
  huge: response => flood(json(response, 200)),
  'huge-declared': response => flood(json(response, 200, { 'content-length': String(hugeSize) })),
}

function json(response: ServerResponse, status: number, headers: Record<string, string> = {}): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json', ...headers })
}

function crowded(body: string): string {
  const set = JSON.parse(body) as { keys?: unknown[] }
  const own = set.keys ?? []
  const filler = Array.from({ length: 1000 - own.length }, (_, i) => ({ ...(own[0] as object), kid: `filler-${i}` }))
  return JSON.stringify({ ...set, keys: [...own, ...filler] })
}

function trickle(response: ServerResponse, body: string): void {
  let sent = 0
  const timer = setInterval(() => {
    response.write(body.charAt(sent))
    sent += 1
    if (sent === body.length) response.end()
  }, 100)
  timer.unref()
  response.on('close', () => clearInterval(timer))
}

/** Sends blanks, which JSON allows before a document, as fast as the reader takes them. */
function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, ' ')
  let left = hugeSize
  const fill = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length
      if (!response.write(chunk)) return
    }
    response.end()
  }
  response.on('drain', fill)
  fill()
}
