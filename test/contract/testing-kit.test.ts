import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/* The test kit needs no test runner of its own: here it runs under Node's. */

const hostTest = `
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { startLocalIssuer } from 'fastify-auth0-users/testing'

let issuer
before(async () => {
  issuer = await startLocalIssuer()
})
after(() => issuer.close())

test('a token of the local issuer verifies against its key set', async () => {
  const keys = createRemoteJWKSet(new URL('.well-known/jwks.json', issuer.issuer))
  const { payload } = await jwtVerify(await issuer.token({ sub: 'auth0|ada' }), keys, { issuer: issuer.issuer })
  assert.equal(payload.sub, 'auth0|ada')
  assert.equal(issuer.fetches, 1)
})

test('an outage is switched on and off', async () => {
  await issuer.outage('status-500')
  assert.equal((await fetch(issuer.issuer + '.well-known/jwks.json')).status, 500)
  await issuer.outage('none')
  assert.equal((await fetch(issuer.issuer + '.well-known/jwks.json')).status, 200)
})
`

t.test('the test kit runs under node:test as a host would use it', async t => {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/testing-kit')
  mkdirSync(folder, { recursive: true })
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'host.test.mjs'), hostTest)
  // Without tap's loaders, coverage and its marks in the environment.
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...rest } = process.env
  const env = Object.fromEntries(Object.entries(rest).filter(([name]) => !/^(TAP|_TAPJS|NODE_TEST)/.test(name)))
  const output = execFileSync(process.execPath, ['--test', '--test-reporter=tap', join(folder, 'host.test.mjs')], {
    env,
    encoding: 'utf8',
  })
  t.match(output, /^# pass 2$/m, output)
  t.match(output, /^# fail 0$/m)
})
