import t from 'tap'
import { Auth0UsersError, type Fault } from '#plugin/errors.js'
import { checkOptions } from '#plugin/lib/option-check.js'
import { parsePageQuery } from '#plugin/privacy/activity.js'
import { runContributor } from '#plugin/privacy/contributors.js'
import { type PrivacyOptions, privacySchema, resolvePrivacyOptions } from '#plugin/privacy/options.js'

function resolve(given: unknown) {
  const faults: Fault[] = []
  const usable =
    given === undefined ? undefined : (checkOptions(privacySchema, given, 'privacy', faults) as PrivacyOptions)
  return { options: resolvePrivacyOptions(usable), faults: faults.map(fault => fault.field) }
}

const part = async () => []

t.test('the option privacy is checked as a whole', async t => {
  t.strictSame(resolve(undefined).faults, [])
  const { options, faults } = resolve(
    Object.freeze({ export: { orders: part }, erase: { orders: part }, consents: ['a.b-c_1'] }),
  )
  t.strictSame(faults, [])
  t.strictSame([...options.exporters.keys()], ['orders'])
  t.strictSame([...options.erasers.keys()], ['orders'])
  t.strictSame(options.purposes, ['a.b-c_1'])
  t.strictSame(
    resolve({ export: { profile: part, orders: part }, erase: [part], consents: ['Marketing'], retain: 1 }).faults,
    ['privacy.retain', 'privacy.export', 'privacy.erase', 'privacy.consents'],
  )
  t.strictSame(resolve({ export: { orders: 7 }, consents: 'a' }).faults, ['privacy.export', 'privacy.consents'])
  for (const given of [null, 7, []]) t.strictSame(resolve(given).faults, ['privacy'])
})

t.test('queries for a page', async t => {
  t.strictSame(parsePageQuery({}), { limit: 20 })
  t.strictSame(parsePageQuery({ limit: '100', before: '9223372036854775807', other: 'x' }), {
    limit: 100,
    before: '9223372036854775807',
  })
  t.throws(() => parsePageQuery({ limit: '0', before: 'x' }), { code: 'A0U_QUERY_INVALID', faults: [{}, {}] })
})

t.test("the failure of a host's part is the host's answer below 500, and ours above", async t => {
  const run = (error: unknown) => runContributor(() => Promise.reject(error), {} as never, 'id')
  const conflict = Object.assign(new Error('x'), { statusCode: 409 })
  const away = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
  await t.rejects(run(conflict), conflict)
  await t.rejects(run(away), away)
  for (const error of [new Error('x'), Object.assign(new Error('x'), { statusCode: 502 }), 'text']) {
    await t.rejects(run(error), new Auth0UsersError('A0U_HOOK_FAILED'))
  }
})
