import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { failureOf, fetchJwks, JwksError, statusOf } from '#plugin/token/keys/jwks-fetch.js'
import type { FetchFailure } from '#plugin/token/types.js'

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown
/** An answer that looks at no request. */
type Fixed = (response: ServerResponse) => unknown

interface Server {
  readonly origin: string
  /** The paths that were asked for, in their order. */
  readonly asked: string[]
  answer: Answer
}

const set = JSON.stringify({ keys: [{ kid: 'a' }] })

async function start(t: Test, answer: Answer = response => response.end(set)): Promise<Server> {
  const http = createServer((request, response) => {
    server.asked.push(request.url ?? '')
    server.answer(response, request)
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    http.closeAllConnections()
    http.close()
  })
  const server: Server = { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, asked: [], answer }
  return server
}

const get = (server: Server, signal = new AbortController().signal) => fetchJwks(`${server.origin}/set`, signal)

/** The error of a fetch that must fail. */
async function failure(fetching: Promise<unknown>): Promise<JwksError> {
  const error = await fetching.then(
    () => new Error('the fetch succeeded'),
    (error: unknown) => error,
  )
  if (error instanceof JwksError) return error
  throw error
}

const to =
  (location: string, status = 302): Fixed =>
  response =>
    response.writeHead(status, { location }).end()
const text =
  (body: string | Buffer): Fixed =>
  response =>
    response.end(body)

t.test('a set is fetched with one request, its entries unchecked', async t => {
  const server = await start(t)
  t.strictSame(await get(server), [{ kid: 'a' }])
  t.strictSame(server.asked, ['/set'])
  server.answer = text('{"keys":[]}')
  t.strictSame(await get(server), [])
})

t.test(
  'every answer that is no key set is refused with its reason, and with its status unless that is 200',
  async t => {
    const other = await start(t)
    const keys = (count: number) => JSON.stringify({ keys: Array.from({ length: count }, () => ({})) })
    const cases: [string, FetchFailure, number | undefined, Answer][] = [
      ...[201, 204, 206, 300, 304, 305, 306, 400, 404, 429, 500, 503].map((status): (typeof cases)[number] => [
        `the status ${status}`,
        'status',
        status,
        response => response.writeHead(status, { location: '/elsewhere' }).end(),
      ]),
      ['a redirect without a target', 'redirect', 302, response => response.writeHead(302).end()],
      ['a redirect to no address', 'redirect', 301, to('http://[', 301)],
      ['a redirect to another port', 'redirect', 302, to(`${other.origin}/set`)],
      ['a redirect to another scheme', 'redirect', 307, to(`data:application/json,${set}`, 307)],
      ['a redirect in a circle', 'redirect', 308, to('/set', 308)],
      ['no JSON', 'json', undefined, text('<html>')],
      ['half a document', 'json', undefined, text(set.slice(0, -4))],
      ['no body', 'json', undefined, text('')],
      ['bytes that are no UTF-8', 'json', undefined, text(Buffer.from('{"keys":[],"x":"\xff"}', 'latin1'))],
      ['null', 'shape', undefined, text('null')],
      ['a list', 'shape', undefined, text('[]')],
      ['no keys', 'shape', undefined, text('{}')],
      ['keys that are no list', 'shape', undefined, text('{"keys":{}}')],
      ['101 keys', 'shape', undefined, text(keys(101))],
      ['a byte more than 1 MiB', 'size', undefined, text(set.padEnd(1_048_577))],
      ['a connection that breaks', 'network', undefined, (_response, request) => request.socket.destroy()],
    ]
    for (const [name, code, status, answer] of cases) {
      const error = await failure(get(await start(t, answer)))
      t.equal(error.code, code, name)
      t.equal(error.status, status, `${name}: status`)
      t.equal(error.message, `the key set cannot be used: ${code}`)
      t.equal(failureOf(error), code)
      t.equal(statusOf(error), status)
      t.equal(
        'cause' in error,
        code === 'status' || code === 'network',
        `${name}: a cause only where there is more to say`,
      )
    }
    t.strictSame(other.asked, [], 'another origin is never asked')
    const server = await start(t, text(keys(100)))
    t.equal((await get(server)).length, 100)
    server.answer = text(set.padEnd(1_048_576))
    t.strictSame(await get(server), [{ kid: 'a' }], '1 MiB')
  },
)

t.test('the cause of a failed fetch says what happened', async t => {
  const server = await start(t, response => response.writeHead(500).end())
  t.match((await failure(get(server))).cause, { message: 'status 500' })
  server.answer = (_response, request) => request.socket.destroy()
  t.match((await failure(get(server))).cause, { message: 'fetch failed' })
})

t.test('a refused redirect causes no further request', async t => {
  for (const answer of [(response: ServerResponse) => response.writeHead(302).end(), to('http://['), to('null:')]) {
    const server = await start(t, response => (server.asked.length === 1 ? answer(response) : response.end(set)))
    t.equal((await failure(get(server))).code, 'redirect')
    t.strictSame(server.asked, ['/set'])
  }
})

t.test('up to three redirects within the origin are followed, of every kind', async t => {
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await start(t, (response, { url }) =>
      url === '/set' ? to('moved/here?x=1', status)(response) : response.end(set),
    )
    t.strictSame(await get(server), [{ kid: 'a' }], String(status))
    t.strictSame(server.asked, ['/set', '/moved/here?x=1'])
  }
  const server = await start(t)
  const redirects = (times: number): Answer => {
    return response => (server.asked.length > times ? response.end(set) : to(`/${server.asked.length}`)(response))
  }
  server.answer = redirects(3)
  t.strictSame(await get(server), [{ kid: 'a' }])
  t.strictSame(server.asked.splice(0), ['/set', '/1', '/2', '/3'])
  server.answer = redirects(4)
  t.match(await failure(get(server)), { code: 'redirect', status: 302 })
  t.strictSame(server.asked, ['/set', '/1', '/2', '/3'])
})

t.test('the signal ends a fetch at any point', async t => {
  const server = await start(t)
  t.equal((await failure(get(server, AbortSignal.abort()))).code, 'aborted')
  t.strictSame(server.asked, [])
  for (const begin of [() => undefined, (response: ServerResponse) => void response.write('{"keys":[')]) {
    const ending = new AbortController()
    server.answer = response => {
      begin(response)
      setImmediate(() => ending.abort())
    }
    const error = await failure(get(server, ending.signal))
    t.equal(error.code, 'aborted')
    t.notOk('cause' in error)
  }
})

t.test('errors of others say nothing of their own about a fetch', async t => {
  const others = [
    null,
    undefined,
    'status',
    { code: 'status', status: 500 },
    Object.assign(new Error('of another library'), { code: 'status', status: 500 }),
  ]
  for (const error of others) {
    t.equal(failureOf(error), 'keys')
    t.equal(statusOf(error), undefined)
  }
})
