import t from 'tap'
import { requestCases } from './cases/requests.ts'
import { freshPerson } from './support/craft.ts'
import { expectOutcome, expectQuietLogs, remember } from './support/expected.ts'
import { sendRaw } from './support/http.ts'
import { startTarget } from './support/target.ts'

const target = await startTarget(t, {
  routes: app => {
    app.all('/everything', () => 'in')
    app.get('/open', { config: { auth: false } }, request => ({ who: request.auth?.subject ?? null }))
  },
})

async function goodToken(): Promise<string> {
  const token = await target.issuer.token(freshPerson())
  remember(token)
  return token
}

for (const { name, lines, path, expect } of requestCases) {
  t.test(`Authorization: ${name}`, async t => {
    const token = await goodToken()
    await expectOutcome(t, target, name, expect, () => sendRaw(target.origin, lines(token), path?.(token)))
  })
}

t.test('a token in a body is no credential, in any format', async t => {
  const bodies: readonly [string, (token: string) => string][] = [
    ['application/x-www-form-urlencoded', token => `access_token=${token}`],
    ['application/json', token => JSON.stringify({ access_token: token })],
    ['text/plain', token => `Authorization: Bearer ${token}`],
    [
      'multipart/form-data; boundary=x',
      token => `--x\r\nContent-Disposition: form-data; name="access_token"\r\n\r\n${token}\r\n--x--`,
    ],
  ]
  for (const [type, body] of bodies) {
    const token = await goodToken()
    const headers = { 'content-type': type }
    await expectOutcome(t, target, type, 'A0U_CREDENTIALS_MISSING', () =>
      target.send({ method: 'POST', headers, body: body(token) }),
    )
  }
})

t.test('a method override does not change who may call', async t => {
  for (const name of [
    'X-HTTP-Method-Override: OPTIONS',
    'X-Method-Override: OPTIONS',
    'X-Original-URL: /open',
    'X-Rewrite-URL: /open',
  ]) {
    await expectOutcome(t, target, name, 'A0U_CREDENTIALS_MISSING', () => sendRaw(target.origin, [name]))
  }
})

t.test('another spelling of a path is a 404 or is protected too', async t => {
  for (const path of [
    '/me',
    '/me/',
    '//me',
    '/ME',
    '/%6de',
    '/me%20',
    '/./me',
    '/open/../me',
    '/me?',
    '/me;x=1',
    '/me%00',
    '/open/%2e%2e/me',
  ]) {
    const { status } = await sendRaw(target.origin, [], path)
    t.ok([400, 401, 404].includes(status), `${path}: ${status}`)
  }
})

t.test('a protected route that answers every method is protected for every method', async t => {
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const { status } = await target.send({ method, path: '/everything' })
    t.equal(status, 401, method)
  }
})

t.test('on a public route bad credentials are nobody, and nothing is written for them', async t => {
  for (const bad of ['Bearer x', 'Basic eDp5', 'nonsense', `Bearer ${(await goodToken()).slice(0, -4)}AAAA`]) {
    const before = await target.rows()
    const answer = await target.send({ path: '/open', headers: { authorization: bad } })
    t.match(answer, { status: 200, text: '{"who":null}' })
    t.equal(await target.rows(), before)
  }
})

t.test("with Node's own limit a header over 16 KiB ends before the plugin", async t => {
  const usual = await startTarget(t, { maxHeaderSize: 16_384, database: target.database, issuer: target.issuer })
  await expectOutcome(t, usual, '16 KiB', 431, () =>
    sendRaw(usual.origin, [`Authorization: Bearer ${'A'.repeat(16_384)}`]),
  )
})

t.test('nothing of the tokens and their claims was logged', async t => expectQuietLogs(t, [target]))
