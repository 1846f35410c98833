import t from 'tap'
import { isUnavailable, isUniqueViolation, reaching, sqlState } from '#plugin/db/unavailable.js'
import type { Auth0UsersError } from '#plugin/errors.js'

const failing = (message: string, more: object = {}) => Object.assign(new Error(message), more)
const reached = async (error: unknown): Promise<Auth0UsersError> =>
  reaching(() => Promise.reject(error)).then(
    () => t.fail('nothing was thrown') as never,
    (thrown: Auth0UsersError) => thrown,
  )

t.test('errors that say that the database is away become a 503 with Retry-After', async t => {
  for (const error of [
    ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE'].map(code => failing('net', { code })),
    ...['57P01', '57P03', '53300', '08006', '25006', '40001', '40P01', '57014'].map(code => failing('pg', { code })),
    failing('connect ENOENT', { code: 'ENOENT', syscall: 'connect' }),
    failing('Connection terminated unexpectedly'),
    failing('timeout exceeded when trying to connect'),
    new AggregateError([failing('v6', { code: 'EHOSTUNREACH' }), failing('v4', { code: 'ECONNREFUSED' })]),
  ]) {
    t.equal(isUnavailable(error), true, String(error))
    const thrown = await reached(error)
    t.match(thrown, { code: 'A0U_DATABASE_UNAVAILABLE', statusCode: 503, headers: { 'retry-after': '5' } })
  }
})

t.test('other faults are not taken for an absent database', async t => {
  for (const error of [
    failing('open', { code: 'ENOENT', syscall: 'open' }),
    failing('x', { code: '23505' }),
    'text',
    null,
  ]) {
    t.equal(isUnavailable(error), false)
  }
})

t.test('a refused statement becomes a 500 of ours that quotes no row and no value', async t => {
  const duplicate = failing('duplicate key value violates unique constraint "accounts_user_email_key"', {
    ...{ code: '23505', constraint: 'accounts_user_email_key', detail: 'Key (email)=(ann@x.test) already exists.' },
  })
  const thrown = await reached(duplicate)
  t.match(thrown, { code: 'A0U_DATABASE_FAILED', statusCode: 500 })
  t.notMatch(thrown.message, /key|constraint/)
  t.notMatch(JSON.stringify(thrown.cause, Object.getOwnPropertyNames(thrown.cause)), /ann@x/)
  t.equal(sqlState(thrown), '23505')
  t.equal(isUniqueViolation(thrown, 'user_email_key'), true)
  t.equal(isUniqueViolation(duplicate, 'user_email_key'), true)
  t.equal(isUniqueViolation(duplicate, 'username_key'), false)
  const value = await reached(failing('invalid input syntax for type uuid: "secret"', { code: '22P02' }))
  t.notMatch(String(value.cause), /secret/)
})

t.test("what is none of the database's errors passes as it is", async t => {
  const own = failing('mine', { code: 'EPERM' })
  t.equal(await reached(own), own)
  t.equal(sqlState(own), undefined)
})
