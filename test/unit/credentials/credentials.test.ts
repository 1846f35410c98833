import { crc32 } from 'node:zlib'
import type { FastifyBaseLogger } from 'fastify'
import t from 'tap'
import {
  createTokenFormat,
  csrfTokenOf,
  newSessionSecret,
  sameSecret,
  sessionHash,
} from '#plugin/credentials/secret.js'
import { createUseRecorder } from '#plugin/credentials/use-recorder.js'

t.test('an API token has a prefix, 256 random bits and a checksum, and is found by its SHA-256', async t => {
  const format = createTokenFormat('a0u_')
  const { text, hash } = format.mint()
  t.match(text, /^a0u_[0-9A-Za-z]{49}$/)
  t.strictSame(format.hashOf(text), hash)
  t.equal(hash.length, 32)
  t.notOk(hash.toString('hex').includes(Buffer.from(text).toString('hex')))
  const many = new Set(Array.from({ length: 1000 }, () => format.mint().text))
  t.equal(many.size, 1000)
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const decoded = [...text.slice(-6)].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)
  t.equal(decoded, crc32(text.slice(0, -6)), 'the checksum is the CRC-32 of what stands before it, in base 62')
})

t.test('a text that was mistyped, cut or made up has no hash, so nothing is looked up', async t => {
  const format = createTokenFormat('a0u_')
  const { text } = format.mint()
  const other = (char: string | undefined) => (char === 'a' ? 'b' : 'a')
  const wrong = [
    ...['', 'a0u_', text.slice(0, -1), `${text}a`, text.toLowerCase(), `b0u_${text.slice(4)}`],
    ...Array.from(text, (char, at) => text.slice(0, at) + other(char) + text.slice(at + 1)),
  ]
  for (const given of wrong) t.equal(format.hashOf(given), null, given)
  t.equal(createTokenFormat('x1_').hashOf(text), null, 'a token of another installation')
})

t.test('a session secret is 256 bits, and its CSRF token does not reveal it', async t => {
  const secret = newSessionSecret()
  t.match(secret, /^[A-Za-z0-9_-]{43}$/)
  t.equal(sessionHash(secret)?.length, 32)
  for (const wrong of ['', 'x', `${secret}=`, `${secret.slice(1)}.`]) t.equal(sessionHash(wrong), null)
  t.not(csrfTokenOf(secret), secret)
  t.not(csrfTokenOf(secret), sessionHash(secret)?.toString('base64url'), 'and is not what the database holds')
  t.ok(sameSecret('a', 'a'))
  t.notOk(sameSecret('a', 'ab'))
})

t.test('last uses are written in batches; a failed write is tried again, and the end writes what is left', async t => {
  let now = 1000
  let broken = false
  const written: [string, number][][] = []
  const warnings: unknown[] = []
  const log = { warn: (...args: unknown[]) => warnings.push(args) } as unknown as FastifyBaseLogger
  const uses = createUseRecorder({
    now: () => now,
    log,
    write: async batch => {
      if (broken) throw new Error('away')
      written.push([...batch])
    },
  })
  uses.note('a')
  now = 2000
  uses.note('a')
  uses.note('b')
  t.equal(uses.latest('a'), 2000)
  t.equal(uses.latest('c'), 0)
  await uses.flush()
  t.strictSame(written, [
    [
      ['a', 2000],
      ['b', 2000],
    ],
  ])
  t.equal(uses.latest('a'), 0)
  broken = true
  uses.note('c')
  await uses.flush()
  t.equal(warnings.length, 1)
  t.equal(uses.latest('c'), 2000, 'nothing is lost')
  for (let n = 0; n < 20_000; n++) uses.note(`many-${n}`)
  await uses.flush()
  broken = false
  await uses.close()
  const last = written.at(-1) ?? []
  t.ok(last.length <= 10_000 && last.length > 5000, `what waits is bounded: ${last.length}`)
})
