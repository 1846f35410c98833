import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

/** What came back over the wire. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** `code` of a JSON body; undefined where there is none. */
  readonly code: string | undefined
}

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

/** No answer of a server on loopback takes that long, so silence is a finding. Milliseconds. */
const patience = 15_000

const agent = new Agent({ keepAlive: true, maxSockets: 1200 })

/** One request over a connection that is kept. Rejects when nothing comes back in time. */
export async function send(
  origin: string,
  { method = 'GET', path = '/me', headers = {}, body }: Sent,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(origin + path, { method, headers, agent }, answer => {
      const chunks: Buffer[] = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, code: codeOf(text) })
      })
    })
    outgoing.setTimeout(patience, () => outgoing.destroy(new Error('the server gave no answer')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/**
 * One request written byte by byte, for headers that no well-behaved client sends. `lines` are header lines
 * as text; a character up to U+00FF is one byte.
 */
export async function sendRaw(origin: string, lines: readonly string[], path = '/me'): Promise<Answer> {
  const { hostname, port } = new URL(origin)
  const head = [`GET ${path} HTTP/1.1`, `Host: ${hostname}:${port}`, 'Connection: close', ...lines].join('\r\n')
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\n\r\n`, 'latin1'))
    socket.setTimeout(patience, () => socket.destroy(new Error('the server gave no answer')))
    socket.on('data', chunk => chunks.push(chunk))
    // The server may hang up on a broken request before it read all of it.
    socket.on('error', error => (chunks.length > 0 ? resolve(Buffer.concat(chunks)) : reject(error)))
    socket.on('end', () => resolve(Buffer.concat(chunks)))
  })
  return parseAnswer(bytes.toString())
}

function parseAnswer(answer: string): Answer {
  const end = answer.indexOf('\r\n\r\n')
  const [status = '', ...lines] = answer.slice(0, end).split('\r\n')
  const headers: IncomingHttpHeaders = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const text = answer.slice(end + 4)
  return { status: Number(status.split(' ')[1]), headers, text, code: codeOf(text) }
}

function codeOf(text: string): string | undefined {
  try {
    const { code } = JSON.parse(text)
    return typeof code === 'string' ? code : undefined
  } catch {
    return undefined
  }
}
