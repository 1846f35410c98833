import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { failures, type Outage, redirectPrefix } from './outages.ts'

/** The document of a path, as an object or as raw text; undefined for 404. */
export type Documents = (path: string, port: number) => unknown

/** A small HTTP server on 127.0.0.1 whose responses can be delayed or made to fail. */
export interface KeyServer {
  readonly port: number
  /** How often each path was asked for, while it listened. */
  count(path: string): number
  outage(kind: Outage): Promise<void>
  /** Each response is sent so many milliseconds later. */
  delay(milliseconds: number): void
  /** Delays all responses until the function it returns is called. */
  hold(): () => void
  close(): Promise<void>
}

interface State {
  port: number
  outage: Outage
  delay: number
  held: Promise<void> | null
  readonly counts: Map<string, number>
}

export async function startKeyServer(documents: Documents): Promise<KeyServer> {
  const state: State = { port: 0, outage: 'none', delay: 0, held: null, counts: new Map() }
  const server = createServer((request, response) => void answer(state, documents, request, response))
  // No connection is kept: after an outage, no client finds an old one that is about to break.
  server.maxRequestsPerSocket = 1
  await listen(server, 0)
  state.port = (server.address() as AddressInfo).port
  return {
    port: state.port,
    count: path => state.counts.get(path) ?? 0,
    async outage(kind) {
      state.outage = kind
      if (kind === 'refuse') await stop(server)
      else if (!server.listening) await listen(server, state.port)
    },
    delay(milliseconds) {
      state.delay = milliseconds
    },
    hold: () => hold(state),
    close: () => stop(server),
  }
}

async function answer(
  state: State,
  documents: Documents,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? '/'
  count(state, path)
  await pause(state)
  const followed = path.startsWith(redirectPrefix)
  const document = documents(followed ? path.slice(redirectPrefix.length) : path, state.port)
  if (document === undefined) return void response.writeHead(404).end()
  const body = typeof document === 'string' ? document : JSON.stringify(document)
  const { outage, port } = state
  if (outage === 'none' || outage === 'refuse' || followed) sendJson(response, body)
  else failures[outage](response, { body, path, port })
}

async function pause(state: State): Promise<void> {
  if (state.held !== null) await state.held
  if (state.delay > 0) await new Promise(resolve => setTimeout(resolve, state.delay).unref())
}

function count({ counts }: State, path: string): void {
  // Bounded: a client that asks for ever new paths must not fill the memory.
  if (counts.has(path) || counts.size < 100) counts.set(path, (counts.get(path) ?? 0) + 1)
}

function hold(state: State): () => void {
  let release: () => void = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  state.held = held
  return () => {
    if (state.held === held) state.held = null
    release()
  }
}

function sendJson(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
