import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { algorithms } from './cases/algorithms.ts'
import { memberCases, subjectCases, timeCases } from './cases/claims.ts'
import { contentCases, formCases } from './cases/form.ts'
import { headerRuleCases, strictTypeCases } from './cases/header-rules.ts'
import { keyHeaderCases, keyIdCases } from './cases/keys.ts'
import { audienceCases, boundCases, issuerCases } from './cases/origin.ts'
import { type Bench, craft, makeBench, type TokenCase } from './support/craft.ts'
import { expectOutcome, expectQuietLogs } from './support/expected.ts'
import { sendRaw } from './support/http.ts'
import { startTarget, type Target } from './support/target.ts'

const themes: Record<string, readonly TokenCase[]> = {
  'the algorithm of a token is never its own choice': algorithms,
  'keys that a token carries or points at are never used': keyHeaderCases,
  'a kid is only ever compared with the ids of the published keys': keyIdCases,
  'a token has one spelling': formCases,
  'header and payload are JSON objects in UTF-8': contentCases,
  'extensions, foreign types and nested tokens are refused': headerRuleCases,
  'times are required, finite and compared with our clock': timeCases,
  'a subject can name a person or is refused': subjectCases,
  'claims count once, of their own, and whatever fills a column keeps nobody out': memberCases,
  'the issuer is compared exactly': issuerCases,
  'the audience is compared exactly': audienceCases,
  'a token that is bound to a key is no bearer token': boundCases,
}

const count = Object.values(themes).reduce((sum, cases) => sum + cases.length, strictTypeCases.length)

const target = await startTarget(t)
const lure = await startLure(t)
const bench = makeBench(target.issuer, lure.origin)
lure.serve(bench)

async function run(t: Test, at: Target, given: TokenCase): Promise<void> {
  const token = await craft(bench, given)
  // No client sends such bytes by itself.
  const isPlain = /^[\x20-\x7e]*$/.test(token)
  await expectOutcome(t, at, given.name, given.expect, () =>
    isPlain ? at.bearer(token) : sendRaw(at.origin, [`Authorization: Bearer ${token}`]),
  )
}

t.test('there are at least 150 cases, each with a name of its own within its theme', async t => {
  t.ok(count >= 150, `${count} cases`)
  for (const [theme, cases] of Object.entries(themes)) {
    t.equal(new Set(cases.map(({ name }) => name)).size, cases.length, theme)
  }
})

t.test('an honest token is accepted, and its person gets a row', async t => {
  await run(t, target, { name: 'nothing wrong', expect: 'accepted' })
})

for (const [theme, cases] of Object.entries(themes)) {
  t.test(theme, async t => {
    for (const given of cases) await run(t, target, given)
  })
}

t.test("tokenType 'at+jwt' demands the type of RFC 9068", async t => {
  const { issuer, database, clock } = target
  const strict = await startTarget(t, { issuer, database, clock, plugin: { tokenType: 'at+jwt' } })
  for (const given of strictTypeCases) await run(t, strict, given)
})

t.test('nobody fetched a key from where a token pointed', async t => {
  t.equal(lure.visits(), 0)
  t.ok((await fetch(`${lure.origin}/jwks.json`)).ok, 'although there was something to fetch')
})

t.test('after all that the server is in good order', async t => {
  t.match(target.app.auth0Users.keys(), [{ keys: 1, usable: true }])
  t.equal(({} as { admin?: unknown }).admin, undefined, 'no prototype was changed')
  await run(t, target, { name: 'an honest token is still accepted', expect: 'accepted' })
})

t.test('nothing of the tokens and their claims was logged', async t => expectQuietLogs(t, [target]))

/** Serves the attacker's public key to whoever follows a header there, and counts them. */
async function startLure(t: Test): Promise<{ origin: string; visits(): number; serve(bench: Bench): void }> {
  let visits = 0
  let served: Bench['thief'] | undefined
  const server = createServer((request, response) => {
    visits += 1
    if (request.url === '/redirect') response.writeHead(302, { location: '/jwks.json' }).end()
    else if (request.url === '/certificate.pem') response.end(pem(served?.certificate ?? ''))
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [served?.jwk] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    visits: () => visits,
    serve: ({ thief }) => {
      served = thief
    },
  }
}

function pem(der: string): string {
  return `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`
}
