import {
  constants,
  createHash,
  createPrivateKey,
  type JsonWebKey,
  privateEncrypt,
  publicEncrypt,
  sign,
} from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { LocalIssuer } from '#plugin/testing/index.js'
import { localIssuer } from '../helpers/app.ts'
import { testDatabase } from '../helpers/postgres.ts'
import { freshPerson } from './support/craft.ts'
import { expectQuietLogs, remember } from './support/expected.ts'
import { sendRaw } from './support/http.ts'
import { makeClock, startTarget, type Target } from './support/target.ts'

/*
 * Published vectors, read where they are present and never copied into this repository:
 * - wycheproof/: C2SP/wycheproof @ dac1dd4 (2026-08-18), testvectors_v1/json_web_{signature,key,encryption}_test.json,
 *   Apache-2.0;
 * - rfc7515/a2.json: RFC 7515 appendix A.2 (IETF Trust; code components under the Simplified BSD licence);
 * - rfc-cookbook/: RFC 7520 and RFC 7797 examples, ietf-jose/cookbook @ 13692b6 (2016-11-12), Unlicense.
 */
const folder = join(import.meta.dirname, '../../../shared/vectors')

type Jwk = JsonWebKey & { kid?: string }

interface Group {
  readonly comment: string
  readonly public?: Jwk | { keys: Jwk[] }
  readonly private?: Jwk | { keys: Jwk[] }
  readonly tests: readonly { tcId: number; comment: string; jws?: unknown; jwe?: unknown; flags: readonly string[] }[]
}

const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'))
const groupsOf = (path: string): readonly Group[] => (read(path) as { testGroups: Group[] }).testGroups

/** The payloads of the vectors are no claims of ours, so that as published they can only be refused. */
async function expectRefused(t: Test, target: Target, name: string, credential: unknown): Promise<void> {
  const text = typeof credential === 'string' ? credential : JSON.stringify(credential)
  remember(text)
  const before = await target.rows()
  const { status, code, headers } = await sendRaw(target.origin, [`Authorization: Bearer ${text}`])
  const isRefused = [400, 401].includes(status) && code?.startsWith('A0U_') === true
  t.ok(isRefused && headers['www-authenticate'] !== undefined, `${name}: ${status} ${code}`)
  t.equal(await target.rows(), before, `${name}: no row`)
}

/** The PKCS #1 block inside a signature (RFC 8017 §8.2.2). */
function openBlock(jwk: Jwk, signature: Buffer): Buffer {
  const key = { key: { n: jwk.n, e: jwk.e, kty: 'RSA' }, format: 'jwk', padding: constants.RSA_NO_PADDING } as const
  return publicEncrypt(key as never, signature)
}

/** Signs with the padding of a vector: only the digest within it is ours. */
function withPaddingOf(jwk: Jwk, jws: string): (input: Buffer) => Buffer {
  const dot = jws.lastIndexOf('.')
  const block = openBlock(jwk, Buffer.from(jws.slice(dot + 1), 'base64url'))
  const at = block.indexOf(createHash('sha256').update(jws.slice(0, dot)).digest())
  return input => {
    const own = Buffer.from(block)
    if (at !== -1) createHash('sha256').update(input).digest().copy(own, at)
    return privateEncrypt(
      { key: createPrivateKey({ key: jwk, format: 'jwk' }), padding: constants.RSA_NO_PADDING },
      own,
    )
  }
}

const publicHalf = ({ kty, n, e, kid, use, alg }: Jwk): object => ({ kty, n, e, kid, use, alg })

/** What a host's key server would publish of a group. */
function published({ public: open, private: secret }: Group): { keys: object[] } {
  if (open !== undefined) return 'keys' in open ? (open as { keys: Jwk[] }) : { keys: [open] }
  const all = secret !== undefined && 'keys' in secret ? (secret as { keys: Jwk[] }).keys : [secret as Jwk]
  return { keys: all.map(key => (key.kty === 'RSA' ? publicHalf(key) : key)) }
}

if (!existsSync(join(folder, 'wycheproof'))) {
  t.pass('skipped: the published vectors are not beside this repository (../shared/vectors)')
} else {
  const clock = makeClock()
  const database = await testDatabase(t)
  const targets: Target[] = []

  /** An app whose issuer publishes these keys. */
  const start = async (t: Test, document: unknown): Promise<{ target: Target; issuer: LocalIssuer }> => {
    const issuer = await localIssuer(t, { now: clock.now })
    issuer.serve(document)
    const target = await startTarget(t, { clock, issuer, database })
    targets.push(target)
    return { target, issuer }
  }

  t.test('Wycheproof: every published signature is refused under its own published key', async t => {
    for (const group of groupsOf('wycheproof/json_web_signature_test.json')) {
      const { target } = await start(t, published(group))
      for (const { tcId, comment, jws } of group.tests) {
        const isDetached = typeof jws !== 'string'
        if (group.comment === 'rs256' && target.app.auth0Users.keys()[0]?.keys === 0) {
          await target.bearer(await target.issuer.token(freshPerson())) // learns the published key
        }
        await expectRefused(t, target, `${group.comment} ${tcId} ${comment}${isDetached ? ' (JSON)' : ''}`, jws)
      }
    }
  })

  t.test('Wycheproof: each modified padding is refused on a token in which nothing else is wrong', async t => {
    const group = groupsOf('wycheproof/json_web_signature_test.json').find(({ tests }) => tests[0]?.tcId === 33)
    const jwk = group?.private as Jwk
    const { target, issuer } = await start(t, { keys: [publicHalf(jwk)] })
    const kid = String(jwk.kid)
    const transplant = async (jws: unknown): Promise<string> => {
      const token = await issuer.token(freshPerson(), { header: { kid }, signWith: withPaddingOf(jwk, String(jws)) })
      remember(token)
      return token
    }
    const [valid, ...others] = group?.tests ?? []
    t.equal((await target.bearer(await transplant(valid?.jws))).status, 200, 'the right padding is accepted')
    const modified = others.filter(({ flags }) => flags.includes('ModifiedPadding'))
    t.ok(modified.length > 200, `${modified.length} paddings`)
    const before = await target.rows()
    for (const { tcId, comment, jws } of modified) {
      const { status, code } = await target.bearer(await transplant(jws))
      t.strictSame({ status, code }, { status: 401, code: 'A0U_TOKEN_SIGNATURE' }, `${tcId} ${comment}`)
    }
    t.equal(await target.rows(), before, 'no row')
  })

  t.test('Wycheproof: keys that must not be used verify nothing, and a good one does', async t => {
    let rsaKeys = 0
    for (const group of groupsOf('wycheproof/json_web_key_test.json')) {
      const { target, issuer } = await start(t, published(group))
      const [first] = group.tests
      const name = `${first?.tcId} ${first?.comment}`
      for (const { jws } of group.tests) {
        const before = await target.rows()
        const { status } = await sendRaw(target.origin, [`Authorization: Bearer ${String(jws)}`])
        t.ok([400, 401].includes(status), `${name}: as published ${status}`)
        t.equal(await target.rows(), before, `${name}: no row`)
      }
      const [jwk] = (group.private as { keys: Jwk[] }).keys
      // The others can sign nothing that is called RS256.
      if (jwk?.kty !== 'RSA' || jwk.n === undefined) continue
      rsaKeys += 1
      const signWith = (input: Buffer): Buffer => (jwk.e === 'AQ' ? blockOf(jwk, input) : signed(jwk, input))
      const token = await issuer.token(freshPerson(), { header: { kid: jwk.kid }, signWith })
      remember(token)
      const { status } = await target.bearer(token)
      // With nothing usable in the set, nobody can tell: 503. Only the first RSA group holds a good key.
      t.equal(status, first?.comment === 'acceptsValid' ? 200 : 503, `${name}: on a good token`)
    }
    t.equal(rsaKeys, 5, 'a good key, one for encryption, one of a faulty chip (ROCA), a short one, the exponent 1')
  })

  t.test('Wycheproof: encrypted tokens are refused', async t => {
    const { target } = await start(t, null)
    for (const group of groupsOf('wycheproof/json_web_encryption_test.json')) {
      for (const { tcId, jwe } of group.tests) await expectRefused(t, target, `JWE ${tcId}`, jwe)
    }
  })

  t.test('RFC 7515 A.2: its token is refused under its key, a token with our claims is accepted', async t => {
    const { key, token } = read('rfc7515/a2.json') as { key: Jwk; token: string }
    const { target, issuer } = await start(t, { keys: [{ ...publicHalf(key), kid: 'a2' }] })
    await expectRefused(t, target, 'A.2', token)
    const own = await issuer.token(freshPerson(), { header: { kid: 'a2' }, signWith: withPaddingOf(key, token) })
    remember(own)
    t.equal((await target.bearer(own)).status, 200, 'by its key and with its padding')
  })

  t.test('RFC 7520 and RFC 7797: every output is refused, in every serialization', async t => {
    const { target } = await start(t, null)
    const files = ['jws', 'jwe', 'rfc7797'].flatMap(kind =>
      readdirSync(join(folder, 'rfc-cookbook', kind))
        .filter(name => name.endsWith('.json'))
        .map(name => `rfc-cookbook/${kind}/${name}`),
    )
    t.ok(files.length >= 23, `${files.length} files`)
    for (const file of [...files, 'rfc-cookbook/6.nesting_signatures_and_encryption.json']) {
      for (const [form, output] of outputsOf(read(file))) await expectRefused(t, target, `${file} ${form}`, output)
    }
  })

  t.test('nothing of the vectors was logged', async t => expectQuietLogs(t, targets))
}

/** Every `output` of an example, at any depth. */
function outputsOf(example: unknown): [string, unknown][] {
  if (typeof example !== 'object' || example === null) return []
  return Object.entries(example).flatMap(([name, value]) =>
    name === 'output' && typeof value === 'object' && value !== null ? Object.entries(value) : outputsOf(value),
  )
}

function signed(jwk: Jwk, input: Buffer): Buffer {
  return sign('RSA-SHA256', input, createPrivateKey({ key: jwk, format: 'jwk' }))
}

/** With the exponent 1 the padded block is its own signature: anybody can make one. */
function blockOf(jwk: Jwk, input: Buffer): Buffer {
  const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  const end = Buffer.concat([Buffer.from([0]), digestInfo, createHash('sha256').update(input).digest()])
  const size = Buffer.from(jwk.n ?? '', 'base64url').length
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(size - 2 - end.length, 0xff), end])
}
