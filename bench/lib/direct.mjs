// Requests handed to Fastify's own request listener, without sockets: what is left is Fastify and its plugins.
import { EventEmitter } from 'node:events'

/** What Fastify reads of a request. */
class Incoming extends EventEmitter {
  httpVersion = '1.1'
  httpVersionMajor = 1
  method = 'GET'
  socket = { remoteAddress: '127.0.0.1', encrypted: false }

  constructor(url, headers) {
    super()
    this.url = url
    this.headers = headers
    this.rawHeaders = Object.entries(headers).flat()
  }
}

/** What Fastify writes an answer to. */
class Outgoing extends EventEmitter {
  statusCode = 200
  headersSent = false
  #done

  constructor(done) {
    super()
    this.#done = done
  }

  getHeader() {}

  setHeader() {}

  writeHead(statusCode) {
    this.statusCode = statusCode
    this.headersSent = true
  }

  end(text) {
    if (this.statusCode !== 200) console.error(text)
    this.#done(this.statusCode)
  }
}

/** Sends one request after the other to an app that is ready; answers when all were answered with 200. */
export function callDirectly(app, url, authorizations) {
  const bytes = authorizations.map(text => Buffer.from(text, 'latin1'))
  return () =>
    new Promise((resolve, reject) => {
      let left = bytes.length
      const done = status => {
        if (status !== 200) reject(new Error(`the server answered ${status}`))
        if (--left === 0) resolve()
      }
      for (const header of bytes) {
        // A text of its own each time, as from a parser: one that was looked up before would be found faster.
        const authorization = header.latin1Slice()
        const headers = { host: '127.0.0.1', accept: '*/*', 'user-agent': 'bench', authorization }
        app.routing(new Incoming(url, headers), new Outgoing(done))
      }
    })
}
