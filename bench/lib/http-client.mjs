// An HTTP/1.1 client for load: requests are bytes made beforehand, connections are kept, and of an answer only the
// status and the length are read. It costs a few microseconds a request, so that the server is what is measured.
import { once } from 'node:events'
import { connect } from 'node:net'

const headEnd = Buffer.from('\r\n\r\n')
const lengthHeader = /\r\ncontent-length: (\d+)\r\n/i

/** The bytes of a GET request. */
export function getRequest(path, authorization) {
  const lines = [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Accept: */*', 'User-Agent: bench']
  if (authorization !== undefined) lines.push(`Authorization: ${authorization}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** Opens so many connections to a port of this machine. */
export async function openConnections(port, size) {
  const connections = Array.from({ length: size }, () => openConnection(port))
  await Promise.all(connections.map(({ opened }) => opened))

  /**
   * Sends requests until `next` answers undefined, one at a time on each connection. `onAnswer` gets the status and
   * the milliseconds that the answer took. Rejects when a connection fails.
   */
  async function run(next, onAnswer = expectOk) {
    await Promise.all(connections.map(connection => connection.work(next, onAnswer)))
  }

  /** One request over a connection that is free, which the caller provides for. */
  async function send(request) {
    const connection = connections.find(({ busy }) => !busy)
    if (connection === undefined) throw new Error('all connections wait for an answer')
    let left = 1
    await connection.work(() => (left-- > 0 ? request : undefined), expectOk)
  }

  function close() {
    for (const connection of connections) connection.close()
  }

  return { run, send, close }
}

/** A `next` for so many requests, which takes them round and round, from where it stopped. */
export function rotation(requests) {
  let place = 0
  return count => {
    let left = count
    return () => {
      if (left-- <= 0) return undefined
      if (place === requests.length) place = 0
      return requests[place++]
    }
  }
}

function expectOk(status) {
  if (status !== 200) throw new Error(`the server answered ${status}`)
}

function openConnection(port) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  let rest
  let began = 0
  let job

  function send() {
    const request = job.next()
    if (request === undefined) return finish()
    began = performance.now()
    socket.write(request)
  }

  function finish(error) {
    const { resolve, reject } = job
    job = undefined
    if (error === undefined) resolve()
    else reject(error)
  }

  socket.on('data', chunk => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    const status = completeStatus(bytes)
    rest = status === undefined ? bytes : undefined
    if (status === undefined || job === undefined) return
    try {
      job.onAnswer(status, performance.now() - began)
    } catch (error) {
      return finish(error)
    }
    send()
  })
  socket.on('error', error => job !== undefined && finish(error))
  socket.on('close', () => job !== undefined && finish(new Error('the server closed a connection')))
  return {
    opened: once(socket, 'connect'),
    get busy() {
      return job !== undefined
    },
    close: () => socket.destroy(),
    work: (next, onAnswer) =>
      new Promise((resolve, reject) => {
        job = { next, onAnswer, resolve, reject }
        send()
      }),
  }
}

/** The status of an answer that is there as a whole; undefined while there is more to come. */
function completeStatus(bytes) {
  const end = bytes.indexOf(headEnd)
  if (end === -1) return undefined
  const head = bytes.latin1Slice(0, end + 2)
  const length = Number(lengthHeader.exec(head)?.[1] ?? 0)
  return bytes.length < end + 4 + length ? undefined : Number(head.slice(9, 12))
}
