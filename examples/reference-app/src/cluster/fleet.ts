import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { ServeSettings } from '../serve-settings.ts'
import { StartError } from '../start-error.ts'
import type { ToPrimary, ToWorker } from './messages.ts'

/** Milliseconds that a worker gets to end before it is killed. */
const patience = 20_000

/** Milliseconds before a worker that died young is replaced. */
const pause = 1000

export interface Fleet {
  /** Starts so many workers; resolves to the address. Throws `StartError` when one of them cannot serve. */
  start(count: number): Promise<string>
  /** Replaces all of them, one after another: the new one serves before the old one stops taking connections. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The slot of a worker; a worker that dies is replaced. */
interface Place {
  readonly runsJobs: boolean
  worker: Worker | undefined
}

/** The processes that serve, seen from the first one. */
export function createFleet(settings: ServeSettings, log: FastifyBaseLogger): Fleet {
  const places: Place[] = []
  let stopping = false
  let restarting: Promise<void> = Promise.resolve()
  cluster.setupPrimary({ exec: join(import.meta.dirname, '../main.js'), execArgv: ['--enable-source-maps'] })

  async function fill(place: Place): Promise<string> {
    const worker = cluster.fork()
    const url = await served(worker, { type: 'serve', settings, runsJobs: place.runsJobs })
    place.worker = worker
    const since = Date.now()
    worker.once('exit', (code, signal) => {
      if (!stopping && place.worker === worker) void replace(place, Date.now() - since, { code, signal })
    })
    return url
  }

  async function replace(place: Place, lived: number, how: object): Promise<void> {
    log.warn({ ...how, lived }, 'a worker has died, and is replaced')
    place.worker = undefined
    if (lived < pause) await sleep(pause)
    while (!stopping && place.worker === undefined) {
      try {
        await fill(place)
      } catch (error) {
        log.error({ err: error }, 'a worker could not be replaced, and is tried again')
        await sleep(pause)
      }
    }
  }

  async function restartAll(): Promise<void> {
    for (const place of places) {
      if (stopping) return
      const old = place.worker
      await fill(place)
      if (old !== undefined) await end(old, { type: 'drain' })
    }
  }

  return {
    async start(count) {
      // The first one does the background work as well.
      for (let index = 0; index < count; index += 1) places.push({ runsJobs: index === 0, worker: undefined })
      const [url = ''] = await Promise.all(places.map(fill))
      return url
    },
    restart() {
      restarting = restarting.then(restartAll).catch((error: unknown) => {
        log.error({ err: error }, 'the restart was given up; those that serve go on')
      })
      return restarting
    },
    async stop() {
      stopping = true
      await Promise.all(Object.values(cluster.workers ?? {}).map(worker => worker && end(worker, { type: 'stop' })))
    },
  }
}

/** Resolves when it listens; rejects when it says that it cannot, or ends. */
async function served(worker: Worker, order: ToWorker): Promise<string> {
  const waiting = new AbortController()
  const exited = once(worker, 'exit', { signal: waiting.signal }).then((): never => {
    throw new Error('a worker ended while it was starting')
  })
  const listening = converse(worker, order, waiting.signal)
  try {
    return await Promise.race([listening, exited])
  } finally {
    // The promise that lost the race rejects now, and nothing waits for it.
    exited.catch(() => {})
    listening.catch(() => {})
    waiting.abort()
  }
}

async function converse(worker: Worker, order: ToWorker, signal: AbortSignal): Promise<string> {
  for (;;) {
    const [message] = (await once(worker, 'message', { signal })) as [ToPrimary]
    if (message.type === 'listening') return message.url
    if (message.type === 'ready') worker.send(order)
    if (message.type === 'failed') {
      throw message.advice === undefined ? new Error(message.message) : new StartError(message.advice)
    }
  }
}

/** Tells a worker to end, waits for it, and kills it when that takes too long. */
async function end(worker: Worker, order: ToWorker): Promise<void> {
  if (worker.isDead()) return
  const exited = once(worker, 'exit')
  if (worker.isConnected()) worker.send(order, () => {})
  const late = setTimeout(() => worker.process.kill('SIGKILL'), patience)
  await exited
  clearTimeout(late)
}
