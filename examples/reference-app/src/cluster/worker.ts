import cluster from 'node:cluster'
import { once } from 'node:events'
import { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { readConfig } from '../config.ts'
import { type Serving, serve } from '../serve.ts'
import { StartError } from '../start-error.ts'
import type { ToPrimary, ToWorker } from './messages.ts'

/** Milliseconds that connections get to end by themselves; clients let go of idle ones after 5 s. */
const drainLimit = 10_000

/** One of several processes behind the port. Serves until it receives the message to end. */
export async function runWorker(): Promise<void> {
  // Ctrl-C reaches every process; the first process decides what happens.
  process.on('SIGINT', () => {})
  const serving = await begin().catch(report)
  if (serving === undefined) return process.exit(1)
  const state = { draining: false }
  // Before Fastify's own listener, which may answer at once.
  serving.app.server.prependListener('request', (_request, response) => {
    if (state.draining) response.setHeader('connection', 'close')
  })
  const end = async (drained: boolean): Promise<void> => {
    if (state.draining) return
    state.draining = true
    if (drained) await drain(serving)
    await serving.close()
    process.exit(0)
  }
  process.on('message', (message: ToWorker) => {
    if (message.type === 'drain') void end(true)
    if (message.type === 'stop') void end(false)
  })
  process.on('SIGTERM', () => void end(true))
  // The first process is gone: no more connections arrive.
  process.once('disconnect', () => void end(false))
  closeWithGrace({ delay: drainLimit, logger: false, skip: ['SIGINT', 'SIGTERM', 'SIGHUP'] }, async ({ err }) => {
    serving.app.log.fatal({ err }, 'stopping after an unexpected error')
    await serving.close()
  })
  send({ type: 'listening', url: serving.url })
}

async function begin(): Promise<Serving> {
  const order = once(process, 'message') as Promise<[ToWorker]>
  send({ type: 'ready' })
  const [message] = await order
  if (message.type !== 'serve') throw new Error(`a worker received '${message.type}' before 'serve'`)
  return await serve(readConfig(process.env), message.settings, message.runsJobs)
}

async function report(error: unknown): Promise<undefined> {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const advice = error instanceof StartError ? error.message : undefined
  await new Promise<void>(resolve => send({ type: 'failed', advice, message }, resolve))
}

function send(message: ToPrimary, done: () => void = () => {}): void {
  cluster.worker?.send(message, done)
}

/**
 * Stops listening and waits for the connections. Unlike `server.close()` this leaves idle ones open, on which
 * a client may just be sending its next request; the answer to that asks the client to close.
 */
async function drain({ app }: Serving): Promise<void> {
  Server.prototype.close.call(app.server)
  for (let waited = 0; waited < drainLimit && (await connections(app.server)) > 0; waited += 50) await sleep(50)
}

function connections(server: Server): Promise<number> {
  return new Promise(resolve => server.getConnections((_error, count) => resolve(count ?? 0)))
}
