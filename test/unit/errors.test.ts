import t from 'tap'
import { Auth0UsersError, catalogue, type ErrorCode } from '#plugin/errors.js'

t.test('every code answers with a 4xx or 5xx status and a sentence of its own', async t => {
  const sentences = new Set<string>()
  for (const [code, { status, message }] of Object.entries(catalogue)) {
    t.match(code, /^A0U_[A-Z_]+$/)
    t.ok(status >= 400 && status < 600, code)
    sentences.add(message)
  }
  t.equal(sentences.size, Object.keys(catalogue).length)
})

t.test('a refusal of credentials has a challenge, and nothing but 400, 401 and 403 has one', async t => {
  for (const [code, { status, challenge }] of Object.entries(catalogue)) {
    if (status === 401) t.not(challenge, undefined, code)
    if (![400, 401, 403].includes(status)) t.equal(challenge, undefined, code)
  }
})

t.test('an error carries its entry, its cause and its faults', async t => {
  const cause = new Error('inside')
  const faults = [{ field: 'a', message: 'is wrong' }]
  const error = new Auth0UsersError('A0U_BODY_INVALID', { cause, faults })
  t.match(error, { code: 'A0U_BODY_INVALID', statusCode: 400, cause, faults, name: 'Auth0UsersError' })
  t.equal(error.message, 'The request body is invalid: a: is wrong')
  t.strictSame(error.headers, {})
})

t.test('Retry-After is a whole number of seconds, at least one', async t => {
  const retryAfter = (seconds: number, code: ErrorCode = 'A0U_KEYS_UNAVAILABLE') =>
    new Auth0UsersError(code, { retryAfter: seconds }).headers['retry-after']
  t.equal(retryAfter(1.2), '2')
  t.equal(retryAfter(0), '1')
  t.equal(retryAfter(30), '30')
})
