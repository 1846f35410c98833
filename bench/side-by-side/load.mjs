// The load generator, a process of its own. For each server it goes on in the row of tokens where it stopped.
import process from 'node:process'
import { getRequest, openConnections, rotation } from '../lib/http-client.mjs'
import { ascending, quantile } from '../lib/stats.mjs'

let requests = []
let rotations = new Map()

const actions = {
  /** The tokens of what follows. */
  tokens({ tokens }) {
    requests = tokens.map(token => getRequest('/me', `Bearer ${token}`))
    rotations = new Map()
  },
  /** So many requests. */
  async send({ port, connections, count }) {
    const client = await openConnections(port, connections)
    const began = performance.now()
    await client.run(rotationOf(port)(count))
    const elapsed = performance.now() - began
    client.close()
    return { elapsed }
  },
  async warm({ port, connections, milliseconds }) {
    const client = await openConnections(port, connections)
    await client.run(until(performance.now() + milliseconds, rotationOf(port)(Number.POSITIVE_INFINITY)))
    client.close()
  },
  /** Requests for so many milliseconds; the first tenth of the time is not counted. */
  async slice({ port, connections, milliseconds }) {
    const client = await openConnections(port, connections)
    const take = rotationOf(port)(Number.POSITIVE_INFINITY)
    await client.run(until(performance.now() + milliseconds / 10, take))
    process.send({ type: 'begin' })
    await new Promise(resolve => process.once('message', resolve))
    const times = []
    const began = performance.now()
    await client.run(until(began + milliseconds, take), (status, time) => {
      if (status !== 200) throw new Error(`the server answered ${status}`)
      times.push(time)
    })
    const elapsed = performance.now() - began
    client.close()
    const sorted = ascending(times)
    return { requests: times.length, elapsed, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
  },
}

function rotationOf(port) {
  if (!rotations.has(port)) rotations.set(port, rotation(requests))
  return rotations.get(port)
}

function until(end, take) {
  return () => (performance.now() < end ? take() : undefined)
}

process.on('message', async message => {
  const action = actions[message.type]
  if (action === undefined) return
  try {
    process.send({ type: 'done', ...(await action(message)) })
  } catch (error) {
    process.send({ type: 'failed', message: error.message })
  }
})
process.on('disconnect', () => process.exit())
