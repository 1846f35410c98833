// Known people, who come at fixed times whether or not those before them were answered.
import process from 'node:process'
import { getRequest, openConnections, rotation } from '../lib/http-client.mjs'
import { ascending, quantile } from '../lib/stats.mjs'

/** Enough for one to be free nearly always. */
const connections = 100
let port
let take

const actions = {
  async tokens(message) {
    port = message.port
    const requests = message.tokens.map(token => getRequest('/me', `Bearer ${token}`))
    take = rotation(requests)
    const client = await openConnections(port, 50)
    await client.run(take(10 * requests.length))
    client.close()
  },
  async visit({ seconds, perSecond }) {
    const client = await openConnections(port, connections)
    const next = take(Number.POSITIVE_INFINITY)
    const times = []
    const began = performance.now()
    const due = n => began + (n * 1000) / perSecond
    const visits = []
    for (let n = 0; n < seconds * perSecond; ) {
      for (; n < seconds * perSecond && performance.now() >= due(n); n++)
        visits.push(visit(client, next(), due(n), times))
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    await Promise.all(visits)
    client.close()
    const sorted = ascending(times)
    return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
  },
}

/** The wait counts from the moment at which the person wanted to come. */
async function visit(client, request, due, times) {
  await client.send(request)
  times.push(performance.now() - due)
}

process.on('message', async message => {
  try {
    process.send({ type: 'done', ...(await actions[message.type](message)) })
  } catch (error) {
    process.send({ type: 'failed', message: error.message })
  }
})
process.on('disconnect', () => process.exit())
