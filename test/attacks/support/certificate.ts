import { type KeyObject, sign } from 'node:crypto'

/** A self-signed X.509 certificate of an RSA key, DER in base64, as `x5c` holds it (RFC 7515 §4.1.6). */
export function selfSigned(privateKey: KeyObject, publicKey: KeyObject): string {
  const algorithm = sequence(Buffer.from('06092a864886f70d01010b0500', 'hex'))
  const commonName = sequence(Buffer.from('0603550403', 'hex'), element(0x0c, Buffer.from('thief')))
  const name = sequence(element(0x31, commonName))
  const validity = sequence(element(0x17, Buffer.from('200101000000Z')), element(0x17, Buffer.from('491231235959Z')))
  const version = element(0xa0, Buffer.from('020102', 'hex'))
  const serial = Buffer.from('020101', 'hex')
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(version, serial, algorithm, name, validity, name, subjectKey)
  const signature = element(0x03, Buffer.concat([Buffer.from([0]), sign('RSA-SHA256', body, privateKey)]))
  return sequence(body, algorithm, signature).toString('base64')
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

/** One DER element: tag, length, content. */
function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}
