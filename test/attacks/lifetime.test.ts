import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import type { Claims, LocalIssuer, TokenFaults } from '#plugin/testing/index.js'
import { localIssuer } from '../helpers/app.ts'
import { testDatabase } from '../helpers/postgres.ts'
import { freshPerson } from './support/craft.ts'
import { expectOutcome, expectQuietLogs, type Outcome, remember } from './support/expected.ts'
import { makeClock, startTarget, type Target, type TargetOptions } from './support/target.ts'
import { until } from './support/until.ts'

const clock = makeClock()
const database = await testDatabase(t)
const tenant = await localIssuer(t, { now: clock.now, reuseKeys: false })
const other = await localIssuer(t, { now: clock.now, reuseKeys: false })
const targets: Target[] = []

async function start(t: Test, options: TargetOptions = {}): Promise<Target> {
  const target = await startTarget(t, { clock, database, issuer: tenant, ...options })
  targets.push(target)
  return target
}

async function mint(issuer: LocalIssuer, claims: Claims = {}, faults: TokenFaults = {}): Promise<string> {
  const token = await issuer.token({ ...freshPerson(), ...claims }, faults)
  remember(token)
  return token
}

async function expectBearer(t: Test, at: Target, name: string, token: string, expect: Outcome): Promise<void> {
  await expectOutcome(t, at, name, expect, () => at.bearer(token))
}

/** Of a token that was accepted before, so that there is no row left to write. */
async function expectAgain(t: Test, at: Target, name: string, token: string, status: number): Promise<void> {
  const before = await at.rows()
  t.equal((await at.bearer(token)).status, status, name)
  t.equal(await at.rows(), before, `${name}: no row`)
}

for (const tolerance of [0, 5, 300]) {
  t.test(`with a tolerance of ${tolerance} s a token ends to the millisecond, cached or not`, async t => {
    const at = await start(t, { plugin: { clockTolerance: tolerance } })
    const exp = clock.now() / 1000 + 60
    const seen = await mint(tenant, { exp })
    await expectBearer(t, at, 'a minute before', seen, 'accepted')
    clock.advance(60)
    if (tolerance > 0) {
      await expectAgain(t, at, 'seen before, exp exactly now', seen, 200)
      await expectBearer(t, at, 'new, exp exactly now', await mint(tenant, { exp }), 'accepted')
    }
    clock.advance(tolerance - 0.001)
    await expectAgain(t, at, 'seen before, a millisecond left', seen, 200)
    await expectBearer(t, at, 'new, a millisecond left', await mint(tenant, { exp }), 'accepted')
    clock.advance(0.001)
    await expectBearer(t, at, 'seen before, past the tolerance', seen, 'A0U_TOKEN_EXPIRED')
    await expectBearer(t, at, 'new, past the tolerance', await mint(tenant, { exp }), 'A0U_TOKEN_EXPIRED')
  })

  t.test(`with a tolerance of ${tolerance} s a token begins to the millisecond`, async t => {
    const at = await start(t, { plugin: { clockTolerance: tolerance } })
    const now = clock.now() / 1000
    for (const claim of ['nbf', 'iat']) {
      const early = await mint(tenant, { [claim]: now + tolerance + 0.001 })
      await expectBearer(t, at, `${claim} a millisecond too late`, early, 'A0U_TOKEN_NOT_YET_VALID')
      await expectBearer(t, at, `${claim} at the edge`, await mint(tenant, { [claim]: now + tolerance }), 'accepted')
    }
    const soon = await mint(tenant, { nbf: now + tolerance + 10 })
    await expectBearer(t, at, 'ten seconds early', soon, 'A0U_TOKEN_NOT_YET_VALID')
    clock.advance(10)
    await expectBearer(t, at, 'the same token in time: the refusal was not remembered', soon, 'accepted')
  })
}

t.test('a key that was taken out of the set ends its tokens at the next refresh, seen before or not', async t => {
  const issuer = await localIssuer(t, { now: clock.now })
  const at = await start(t, { issuer })
  const { kid } = issuer.key
  const exp = clock.now() / 1000 + 1e6
  const seen = await mint(issuer, { exp })
  await expectBearer(t, at, 'before', seen, 'accepted')
  await issuer.rotate()
  issuer.retire(kid)
  await expectAgain(t, at, 'until the refresh', seen, 200)
  clock.advance(2881)
  await expectAgain(t, at, 'the request that starts the refresh', seen, 200)
  await until(() => at.app.auth0Users.keys()[0]?.age === 0)
  await expectBearer(t, at, 'seen before', seen, 'A0U_TOKEN_KEY_UNKNOWN')
  const stolen = await mint(issuer, { exp }, { signWith: { kid } })
  await expectBearer(t, at, 'new, by the key that was taken out', stolen, 'A0U_TOKEN_KEY_UNKNOWN')
  await expectBearer(t, at, 'by the new key', await mint(issuer), 'accepted')
  const underNewKid = await mint(issuer, {}, { signWith: { kid }, header: { kid: issuer.key.kid } })
  await expectBearer(t, at, 'by the old key under the new kid', underNewKid, 'A0U_TOKEN_SIGNATURE')
  const unpublished = await issuer.rotate({ publish: false })
  const early = await mint(issuer, {}, { signWith: { kid: unpublished.kid } })
  await expectBearer(t, at, 'by a key that is not published yet', early, 'A0U_TOKEN_KEY_UNKNOWN')
})

t.test('after a move to another tenant the tokens of the previous one are worth nothing', async t => {
  const before = await start(t, { issuer: other })
  const old = await mint(other)
  await expectBearer(t, before, 'at the previous tenant', old, 'accepted')
  const at = await start(t)
  const [iss, theirKid, ourKid] = [tenant.issuer, other.key.kid, tenant.key.kid]
  await expectBearer(t, at, 'as it is', old, 'A0U_TOKEN_ISSUER')
  await expectBearer(t, at, 'in our name', await mint(other, { iss }), 'A0U_TOKEN_KEY_UNKNOWN')
  const disguised = await mint(other, { iss }, { header: { kid: ourKid } })
  await expectBearer(t, at, 'in our name with our kid', disguised, 'A0U_TOKEN_SIGNATURE')
  const reversed = await mint(tenant, { iss: other.issuer }, { header: { kid: theirKid } })
  await expectBearer(t, at, 'our key in their name', reversed, 'A0U_TOKEN_ISSUER')
})

t.test('of several issuers each vouches for itself only', async t => {
  const second = 'https://second.example.test'
  const issuers = [
    { domain: tenant.domain, audience: 'https://api.example.test' },
    { domain: other.domain, audience: second },
  ]
  const at = await start(t, { plugin: { issuers } })
  const aud = second
  await expectBearer(t, at, 'the first', await mint(tenant), 'accepted')
  await expectBearer(t, at, 'the second', await mint(other, { aud }), 'accepted')
  await expectBearer(t, at, "the second with the first one's audience", await mint(other), 'A0U_TOKEN_AUDIENCE')
  await expectBearer(t, at, "the first with the second one's", await mint(tenant, { aud }), 'A0U_TOKEN_AUDIENCE')
  const crossed = await mint(other, { iss: tenant.issuer })
  await expectBearer(t, at, 'a key of the second for the first', crossed, 'A0U_TOKEN_KEY_UNKNOWN')
  const disguised = await mint(other, { iss: tenant.issuer }, { header: { kid: tenant.key.kid } })
  await expectBearer(t, at, 'the same under a kid of the first', disguised, 'A0U_TOKEN_SIGNATURE')
  other.serve({ keys: [{ ...other.key.jwk, kid: tenant.key.kid }] })
  clock.advance(7200)
  const shared = await mint(other, { aud }, { header: { kid: tenant.key.kid } })
  await expectBearer(t, at, 'the same kid at both: the second', shared, 'accepted')
  await expectBearer(t, at, 'the same kid at both: the first', await mint(tenant), 'accepted')
  const swapped = await mint(other, { iss: tenant.issuer }, { header: { kid: tenant.key.kid } })
  await expectBearer(t, at, 'the same kid at both: swapped', swapped, 'A0U_TOKEN_SIGNATURE')
  other.serve(null)
})

t.test('a person who signed out everywhere is refused with older tokens, without a write', async t => {
  const at = await start(t)
  const person = freshPerson()
  const token = await mint(tenant, person)
  await expectBearer(t, at, 'before', token, 'accepted')
  const since = new Date(clock.now() + 1000)
  await database.pool.query('update accounts_user set tokens_valid_after = $1 where auth0_id = $2', [since, person.sub])
  clock.advance(6)
  await expectBearer(t, at, 'an older token', token, 'A0U_TOKEN_REVOKED')
  await expectAgain(t, at, 'a newer one', await mint(tenant, person), 200)
})

t.test('a bound token needs its proof, and no other scheme or mode makes up for it', async t => {
  const [client, thief] = [await makeClient(), await makeClient()]
  const at = await start(t)
  const bound = await mint(tenant, { cnf: { jkt: client.jkt } })
  const dpop = (token: string, proof?: string) =>
    at.send({ headers: { authorization: `DPoP ${token}`, ...(proof !== undefined && { dpop: proof }) } })
  const first = await client.prove(at, bound)
  await expectBearer(t, at, 'as Bearer, never seen', bound, 'A0U_TOKEN_BOUND')
  await expectOutcome(t, at, 'without a proof', 'A0U_DPOP_PROOF', () => dpop(bound))
  const foreign = await thief.prove(at, bound)
  await expectOutcome(t, at, "with the thief's proof", 'A0U_DPOP_PROOF', () => dpop(bound, foreign))
  await expectOutcome(t, at, 'with a proof', 'accepted', () => dpop(bound, first))
  await expectOutcome(t, at, 'with the same proof again', 'A0U_DPOP_REPLAYED', () => dpop(bound, first))
  await expectBearer(t, at, 'as Bearer, verified before', bound, 'A0U_TOKEN_BOUND')
  const second = await client.prove(at, bound)
  const downgrade = { authorization: `Bearer ${bound}`, dpop: second }
  await expectOutcome(t, at, 'as Bearer with a proof', 'A0U_TOKEN_BOUND', () => at.send({ headers: downgrade }))
  const elsewhere = await client.prove(at, bound, { htu: 'https://other.example/me' })
  await expectOutcome(t, at, 'with a proof for another server', 'A0U_DPOP_PROOF', () => dpop(bound, elsewhere))
  const otherMethod = await client.prove(at, bound, { htm: 'POST' })
  await expectOutcome(t, at, 'with a proof for another method', 'A0U_DPOP_PROOF', () => dpop(bound, otherMethod))
  const otherToken = await client.prove(at, await mint(tenant, { cnf: { jkt: client.jkt } }))
  await expectOutcome(t, at, 'with a proof for another token', 'A0U_DPOP_PROOF', () => dpop(bound, otherToken))
  const old = await client.prove(at, bound, { iat: clock.now() / 1000 - 66 })
  await expectOutcome(t, at, 'with an old proof', 'A0U_DPOP_PROOF', () => dpop(bound, old))
  const plain = await mint(tenant)
  await expectOutcome(t, at, 'an unbound token with a proof', 'A0U_DPOP_PROOF', async () =>
    dpop(plain, await client.prove(at, plain)),
  )
})

t.test("dpop 'require' refuses what is not bound, 'off' knows no such scheme", async t => {
  const strict = await start(t, { plugin: { dpop: 'require' } })
  await expectBearer(t, strict, 'an unbound token', await mint(tenant), 'A0U_DPOP_REQUIRED')
  const bound = await mint(tenant, { cnf: { jkt: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' } })
  await expectBearer(t, strict, 'a bound one as Bearer', bound, 'A0U_TOKEN_BOUND')
  const off = await start(t, { plugin: { dpop: 'off' } })
  await expectOutcome(t, off, 'the scheme DPoP', 'A0U_METHOD_NOT_ACCEPTED', () =>
    off.send({ headers: { authorization: `DPoP ${bound}` } }),
  )
})

t.test('nothing of the tokens and their claims was logged', async t => expectQuietLogs(t, targets))

interface Client {
  readonly jkt: string
  prove(at: Target, token: string, claims?: Claims): Promise<string>
}

async function makeClient(): Promise<Client> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return {
    jkt: await calculateJwkThumbprint(jwk),
    prove: async (at, token, claims) => {
      const ath = createHash('sha256').update(token).digest('base64url')
      const usual = { htm: 'GET', htu: `${at.origin}/me`, iat: clock.now() / 1000, jti: randomUUID(), ath }
      const proof = await new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .sign(privateKey)
      remember(proof)
      return proof
    },
  }
}
