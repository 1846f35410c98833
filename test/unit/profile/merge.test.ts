import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { Auth0UsersError } from '#plugin/errors.js'
import { applyPatch, applyPut, changedFields, type ProfileState } from '#plugin/profile/merge.js'

const stored: ProfileState = Object.freeze({
  first_name: 'Ahmed',
  last_name: 'AlRajhy',
  profile_data: Object.freeze({
    phone: '009650000000',
    address: { city: 'Kuwait', street: 'x' },
    social_provider: 'GitHub',
  }),
})

function refusal(apply: typeof applyPut, body: unknown): string | undefined {
  try {
    apply(stored, body)
    return undefined
  } catch (error) {
    if (!(error instanceof Auth0UsersError)) throw error
    return `${error.code} ${error.faults?.map(fault => `${fault.field} ${fault.message}`).join('; ')}`
  }
}

t.test('PUT keeps what is absent and merges profile_data one level deep', async t => {
  const next = applyPut(stored, { first_name: 'Ali', profile_data: { title: 'Engineer', address: { city: 'Riyadh' } } })
  t.strictSame(next, {
    first_name: 'Ali',
    last_name: 'AlRajhy',
    profile_data: { phone: '009650000000', title: 'Engineer', address: { city: 'Riyadh' }, social_provider: 'GitHub' },
  })
  t.strictSame(applyPut(stored, {}), stored)
  t.equal(applyPut(stored, { last_name: '' }).last_name, '')
  t.equal(
    applyPut(stored, { profile_data: { phone: null } }).profile_data['phone'],
    null,
    'null is a value here; the schema judges it',
  )
})

t.test('PATCH follows RFC 7396', async t => {
  const next = applyPatch(stored, {
    first_name: null,
    profile_data: { phone: null, address: { street: null, zip: ['1'] } },
  })
  t.strictSame(next, {
    first_name: '',
    last_name: 'AlRajhy',
    profile_data: { address: { city: 'Kuwait', zip: ['1'] }, social_provider: 'GitHub' },
  })
  t.strictSame(
    applyPatch(stored, { profile_data: null }).profile_data,
    { social_provider: 'GitHub' },
    'what the server wrote stays',
  )
  t.strictSame(applyPatch(stored, { profile_data: { absent: null } }), stored)
})

t.test('the examples of RFC 7396 appendix A that concern objects', async t => {
  const examples: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of examples) {
    const state = { ...stored, profile_data: target as ProfileState['profile_data'] }
    t.strictSame(applyPatch(state, { profile_data: patch }).profile_data, result)
  }
})

t.test('bodies and fields of the wrong kind are refused, never coerced', async t => {
  for (const apply of [applyPut, applyPatch]) {
    for (const body of [undefined, null, [], 'x', 7, true])
      t.match(refusal(apply, body), 'A0U_BODY_INVALID body', String(body))
    t.match(refusal(apply, { first_name: 123 }), 'first_name must be a string, not a number')
    t.match(refusal(apply, { last_name: ['x'] }), 'last_name must be a string, not an array')
    t.match(refusal(apply, { profile_data: [['k', 'v']] }), 'profile_data must be an object, not an array')
    t.match(refusal(apply, { profile_data: 'x' }), 'profile_data must be an object, not a string')
    t.match(refusal(apply, { nickname: 'x', first_name: 1 }), /nickname is not a field.*first_name must be/)
  }
  t.match(refusal(applyPut, { first_name: null }), 'not null')
  t.match(refusal(applyPut, { profile_data: null }), 'not null')
})

t.test('names are counted in code points', async t => {
  t.equal(refusal(applyPut, { first_name: '😀'.repeat(150) }), undefined)
  t.match(refusal(applyPut, { first_name: '😀'.repeat(151) }), 'at most 150')
  t.match(refusal(applyPut, { first_name: 'x'.repeat(151) }), 'at most 150')
  t.match(refusal(applyPatch, { last_name: 'x'.repeat(100_000) }), 'at most 150')
})

t.test('identity, flags and derived fields are read-only', async t => {
  for (const field of [
    'id',
    'auth0_id',
    'email',
    'username',
    'is_staff',
    'is_superuser',
    'created_at',
    'consents',
    'profile_complete',
  ]) {
    t.match(refusal(applyPut, { [field]: 'x', nickname: 'y' }), `A0U_FIELD_READ_ONLY ${field}`)
    t.match(refusal(applyPatch, { [field]: null }), `A0U_FIELD_READ_ONLY ${field}`)
  }
  t.match(refusal(applyPut, { email: 'a@b.example' }), 'comes from Auth0')
})

t.test('changed fields are named with their place, and equal values are no change', async t => {
  const next = applyPatch(stored, {
    first_name: 'Ali',
    profile_data: { phone: null, title: 'x', address: { city: 'Kuwait' } },
  })
  t.strictSame(changedFields(stored, next), ['first_name', 'profile_data.phone', 'profile_data.title'])
  const reordered = { ...stored, profile_data: { ...stored.profile_data, address: { street: 'x', city: 'Kuwait' } } }
  t.strictSame(changedFields(stored, reordered), [])
})

// A model of the rules, written independently of the code: PUT assigns keys, PATCH deletes or merges.
type Model = { first: string; last: string; data: Map<string, unknown> }
type Step = {
  mode: 'put' | 'patch'
  body: { first_name?: string | null; last_name?: string; profile_data?: Record<string, unknown> | null }
}

function modelPatch(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const result: Record<string, unknown> =
    target !== null && typeof target === 'object' && !Array.isArray(target) ? { ...target } : {}
  for (const key in patch) {
    const value = (patch as Record<string, unknown>)[key]
    if (value === null) delete result[key]
    else result[key] = modelPatch(result[key], value)
  }
  return result
}

function modelStep(model: Model, { mode, body }: Step): void {
  if (body.first_name !== undefined) model.first = body.first_name ?? ''
  if (body.last_name !== undefined) model.last = body.last_name
  if (body.profile_data === null) model.data.clear()
  for (const [key, value] of Object.entries(body.profile_data ?? {})) {
    if (mode === 'put') model.data.set(key, value)
    else if (value === null) model.data.delete(key)
    else model.data.set(key, modelPatch(model.data.get(key), value))
  }
}

t.test('random sequences of PUT and PATCH end where a plain model of the rules ends', async t => {
  const key = fc.constantFrom('a', 'b', 'c', 'toString', '')
  const value = fc.jsonValue({ maxDepth: 3 }).filter(value => !JSON.stringify(value).includes('__proto__'))
  const nested = fc.dictionary(key, fc.oneof(value, fc.constant(null), fc.dictionary(key, value)), {
    noNullPrototype: true,
  })
  const name = fc.string({ maxLength: 20 })
  const put = fc.record(
    { first_name: name, last_name: name, profile_data: nested },
    { requiredKeys: [], noNullPrototype: true },
  )
  const data = fc.oneof({ weight: 9, arbitrary: nested }, { weight: 1, arbitrary: fc.constant(null) })
  const patch = fc.record(
    { first_name: fc.option(name), last_name: name, profile_data: data },
    { requiredKeys: [], noNullPrototype: true },
  )
  const step = fc.oneof(
    fc.record({ mode: fc.constant('put' as const), body: put }),
    fc.record({ mode: fc.constant('patch' as const), body: patch }),
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), steps => {
        let state: ProfileState = { first_name: '', last_name: '', profile_data: {} }
        const model: Model = { first: '', last: '', data: new Map() }
        for (const step of steps as Step[]) {
          state = step.mode === 'put' ? applyPut(state, step.body) : applyPatch(state, step.body)
          modelStep(model, step)
        }
        const expected = {
          first_name: model.first,
          last_name: model.last,
          profile_data: Object.fromEntries(model.data),
        }
        return isDeepStrictEqual(state, expected)
      }),
      { numRuns: 500 },
    ),
  )
})
