// One contender in a process of its own. Its parent sends what it needs to know, then asks for its figures.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process, { cpuUsage, memoryUsage } from 'node:process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openHandle } from '../lib/postgres.mjs'

const poolSize = 10
/** How late a timer of one millisecond is, that millisecond included. */
const delay = monitorEventLoopDelay({ resolution: 1 })
let acquired = 0
let app

process.on('message', async message => {
  if (message.type === 'start') await start(message)
  if (message.type === 'usage') process.send({ ...cpuUsage(), statements: acquired })
  if (message.type === 'memory') process.send({ used: await usedAfterCollection() })
  if (message.type === 'watch') {
    delay.enable()
    delay.reset()
    process.send({})
  }
  if (message.type === 'delay') {
    process.send({ delay99: delay.percentile(99) / 1e6 })
    delay.disable()
  }
})
process.on('disconnect', () => process.exit())

async function usedAfterCollection() {
  for (let n = 0; n < 4; n++) {
    globalThis.gc()
    await nextTurn()
  }
  const { heapUsed, external } = memoryUsage()
  return heapUsed + external
}

async function start({ name, module, issuer, url }) {
  const { createServer } = await import(`./servers/${module}.mjs`)
  app = await createServer({ name, issuer, openDatabase: () => openDatabase(url) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.send({ port: app.server.address().port })
}

/** Each statement takes a connection from the pool, so these are counted. */
function openDatabase(url) {
  const handle = openHandle(url, poolSize)
  handle.pool.on('acquire', () => acquired++)
  return handle
}
