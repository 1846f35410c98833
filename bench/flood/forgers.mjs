// Sends forged tokens as fast as they are refused.
import process from 'node:process'
import { getRequest, openConnections, rotation } from '../lib/http-client.mjs'

let client
let take
let running
let going = false
let refused = 0

const actions = {
  async tokens({ tokens, port, connections }) {
    take = rotation(tokens.map(token => getRequest('/me', `Bearer ${token}`)))(Number.POSITIVE_INFINITY)
    client = await openConnections(port, connections)
  },
  async begin() {
    refused = 0
    going = true
    running = client.run(
      () => (going ? take() : undefined),
      status => {
        if (status !== 401) throw new Error(`a forged token was answered with ${status}`)
        refused++
      },
    )
  },
  async end() {
    going = false
    await running
    return { refused }
  },
}

process.on('message', async message => {
  try {
    process.send({ type: 'done', ...(await actions[message.type](message)) })
  } catch (error) {
    process.send({ type: 'failed', message: error.message })
  }
})
process.on('disconnect', () => process.exit())
