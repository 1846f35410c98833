import { Type } from '@sinclair/typebox'
import t from 'tap'
import { Auth0UsersError, type Fault } from '#plugin/errors.js'
import { checkOptions } from '#plugin/lib/option-check.js'
import { missingFields, requireComplete } from '#plugin/profile/completion.js'
import { entityTag, requireMatch } from '#plugin/profile/etag.js'
import { type ProfileOptions, profileSchema, resolveProfileOptions } from '#plugin/profile/options.js'
import { finishSave } from '#plugin/profile/rules.js'
import { compileProfileSchema } from '#plugin/profile/schema.js'
import { serverValues, socialProvider } from '#plugin/profile/server-fields.js'

function codeOf(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (!(error instanceof Auth0UsersError)) throw error
    return error.code
  }
}

function resolve(given: unknown) {
  const faults: Fault[] = []
  const usable =
    given === undefined ? undefined : (checkOptions(profileSchema, given, 'profile', faults) as ProfileOptions)
  return { options: resolveProfileOptions(usable, faults), faults }
}

t.test('completion', async t => {
  const person = {
    first_name: 'A',
    last_name: ' ',
    profile_data: { phone: '1', title: '', tags: [], n: 0, off: false, nil: null },
  }
  const required = ['first_name', 'last_name', 'phone', 'title', 'tags', 'n', 'off', 'nil', 'absent', 'toString']
  t.strictSame(missingFields(person, required), ['last_name', 'title', 'tags', 'nil', 'absent', 'toString'])
  t.strictSame(missingFields(person, []), [])
  t.doesNotThrow(() => requireComplete(person, ['phone'], '/complete'))
  t.throws(() => requireComplete(person, ['phone', 'title'], '/complete'), {
    code: 'A0U_PROFILE_INCOMPLETE',
    statusCode: 403,
    extra: { missing_fields: ['title'], completion_url: '/complete' },
  })
})

t.test('If-Match', async t => {
  const tag = entityTag({ a: 1 })
  t.match(tag, /^"[\w-]{43}"$/)
  for (const header of [undefined, '*', ' * ', tag, `"x", ${tag}`, `W/"y",${tag} `, `"a,b", ${tag}`]) {
    t.equal(
      codeOf(() => requireMatch(header, tag)),
      undefined,
      String(header),
    )
  }
  for (const header of [`W/${tag}`, '"x"', '""', '"a", "b"', 'W/"a"', '"*"']) {
    t.equal(
      codeOf(() => requireMatch(header, tag)),
      'A0U_PRECONDITION_FAILED',
      header,
    )
  }
  for (const header of ['', 'x', '"', '"x', `${tag} x`, '*, "x"', 'w/"x"', `${tag}${tag}`, ',']) {
    t.equal(
      codeOf(() => requireMatch(header, tag)),
      'A0U_HEADER_INVALID',
      header,
    )
  }
})

t.test('formats', async t => {
  const check = (format: string, value: string): boolean =>
    compileProfileSchema(Type.Object({ f: Type.String({ format }) })).check({ f: value }).length === 0
  const good: [string, string[]][] = [
    ['phone', ['009650000000', '+965 0000 0000', '+1 (555) 010-9999', '112233', '+44.20.7946.0000']],
    ['email', ['a@b.example', 'a.b+c@sub.domain.example', 'ü@bücher.example']],
    ['uri', ['https://example.com/a?b=c#d', 'mailto:a@b.example', 'urn:isbn:0']],
    ['url', ['http://localhost:3000', 'https://example.com/']],
    ['date', ['2024-02-29', '2000-02-29', '2025-12-31']],
    ['date-time', ['2025-08-22T19:30:00Z', '2025-08-22T19:30:00.123+03:00', '2016-12-31T23:59:60Z']],
    ['uuid', ['6f1c1b2e-7a1a-4a5b-9d3c-0123456789ab']],
  ]
  const bad: [string, string[]][] = [
    ['phone', ['', 'call me', '12345', '+965  0000', '1'.repeat(16), '+', '٠٠٩٦٥٠٠٠٠٠٠٠', '00965-', '+965\n000000']],
    [
      'email',
      ['', 'a', 'a@b', '@b.example', 'a b@c.example', 'a@-b.example', 'a@b..example', `${'a'.repeat(65)}@b.example`],
    ],
    ['uri', ['', 'example.com', '/path', 'http://', 'https://a b', 'javascript']],
    ['url', ['ftp://example.com', 'javascript:alert(1)', 'https:']],
    [
      'date',
      ['2025-02-29', '1900-02-29', '2025-13-01', '2025-00-10', '2025-1-1', '2025-04-31', '2025-08-22T00:00:00Z'],
    ],
    [
      'date-time',
      ['2025-08-22', '2025-08-22T24:00:00Z', '2025-08-22T19:30:00', '2025-08-22T19:30Z', '2025-02-30T00:00:00Z'],
    ],
    ['uuid', ['6f1c1b2e', '{6f1c1b2e-7a1a-4a5b-9d3c-0123456789ab}']],
  ]
  for (const [format, values] of good) for (const value of values) t.ok(check(format, value), `${format} ${value}`)
  for (const [format, values] of bad)
    for (const value of values) t.notOk(check(format, value), `${format} ${JSON.stringify(value)}`)
})

t.test('a schema judges the fields it is given, without coercing or demanding others', async t => {
  const schema = compileProfileSchema(
    Type.Object(
      {
        phone: Type.String({ maxLength: 5 }),
        age: Type.Integer(),
        address: Type.Object({ city: Type.String() }),
        note: Type.Union([Type.String(), Type.Null()]),
      },
      { additionalProperties: false },
    ),
  )
  t.strictSame(schema.check({}), [])
  t.strictSame(schema.check({ phone: '1', note: null }), [])
  t.match(schema.check({ phone: 1, age: '7', address: {}, other: 'secret' }), [
    { field: 'profile_data.other' },
    { field: 'profile_data.phone', message: 'expected string, but a number was sent' },
    { field: 'profile_data.age', message: 'expected integer, but a string was sent' },
    { field: 'profile_data.address.city' },
  ])
  t.notMatch(JSON.stringify(schema.check({ phone: 'too-secret', other: 'secret' })), /secret/)
  t.equal(schema.check({ phone: null }).length, 1)
  t.strictSame(
    compileProfileSchema(Type.Object({})).check({ anything: [null, { x: 1 }] }),
    [],
    'open unless additionalProperties is false',
  )
})

t.test('options: everything wrong is named at once, and what is right is kept', async t => {
  const given = Object.freeze({
    schema: Type.Object({ phone: Type.String({ format: 'phone' }) }, { additionalProperties: false }),
    required: ['phone', 'first_name'],
    prefix: '/me/profile/',
  })
  const { options, faults } = resolve(given)
  t.strictSame(faults, [])
  t.match(options, {
    prefix: '/me/profile',
    required: ['phone', 'first_name'],
    maxBytes: 65_536,
    maxDepth: 16,
    maxKeys: 200,
  })
  t.equal(resolve(undefined).options.prefix, '/api/v1/accounts/users/profile')

  const wrong = resolve({
    schema: Type.Object(
      { a: Type.Array(Type.String({ format: 'nonsense' })), b: Type.String({ consent: 'Not A Purpose' }) },
      { additionalProperties: false },
    ),
    required: ['phone'],
    prefix: 'profile',
    maxBytes: 0,
    maxKeys: '7',
    completionUrl: 'x y',
    colour: 1,
  })
  t.strictSame(wrong.faults.map(fault => fault.field).sort(), [
    'profile.colour',
    'profile.completionUrl',
    'profile.maxBytes',
    'profile.maxKeys',
    'profile.prefix',
    'profile.schema.a',
    'profile.schema.b',
  ])
  for (const schema of [Type.String(), { type: 'object', properties: {} }, null, 7])
    t.equal(resolve({ schema }).faults.length, 1)
  t.equal(resolve({ schema: Type.Object({}, { additionalProperties: false }), required: ['phone'] }).faults.length, 1)
  for (const profile of [null, [], 7, true]) t.match(resolve(profile).faults, [{ field: 'profile' }])
})

t.test('the server says how a person registered', async t => {
  const cases: [string, string | undefined][] = [
    ['auth0|1', undefined],
    ['email|1', undefined],
    ['github|1', 'GitHub'],
    ['google-oauth2|1', 'Google'],
    ['oauth2|slack|U1', 'slack'],
    ['samlp|acme|a|b', 'acme'],
    ['oauth2|1', 'oauth2'],
    ['line|1', 'line'],
    ['admin', undefined],
  ]
  for (const [sub, provider] of cases) t.equal(socialProvider(sub), provider, sub)
  const now = Date.parse('2025-08-22T19:30:00Z')
  t.strictSame(serverValues({}, 'github|1', true, now), {
    registration_source: 'social',
    social_provider: 'GitHub',
    registration_completed_at: '2025-08-22T19:30:00.000Z',
  })
  t.strictSame(serverValues({}, 'auth0|1', false, now), { registration_source: 'custom_form' })
  t.strictSame(serverValues({ registration_source: 'x', registration_completed_at: 'y' }, 'github|1', true, now), {})
  t.strictSame(serverValues({}, null, false, now), {})
})

t.test('a save is checked against schema, consents and limits, and completed by the server', async t => {
  const written = { registration_source: Type.String(), social_provider: Type.String() }
  const schema = Type.Object(
    {
      phone: Type.String({ consent: 'contact' }),
      title: Type.String(),
      ...written,
      registration_completed_at: Type.String(),
    },
    { additionalProperties: true },
  )
  const { options } = resolve({ schema, required: ['title'], maxBytes: 200, maxKeys: 3 })
  const before = { first_name: '', last_name: '', profile_data: {} }
  const granted = { purpose: 'contact', version: '1', granted: true, at: '2025-01-01T00:00:00.000Z' }
  const save = (profile_data: Record<string, unknown>, stored: Record<string, unknown> = {}, consents = [granted]) =>
    finishSave(
      { ...before, profile_data: stored },
      { ...before, profile_data },
      { options, sub: 'github|1', consents, now: 0 },
    )

  t.strictSame(save({ phone: '1', title: 'x' }).profile_data, {
    phone: '1',
    title: 'x',
    registration_source: 'social',
    social_provider: 'GitHub',
    registration_completed_at: '1970-01-01T00:00:00.000Z',
  })
  t.equal(
    codeOf(() => save({ phone: '1' }, {}, [])),
    'A0U_CONSENT_REQUIRED',
  )
  t.equal(
    codeOf(() => save({ phone: '1' }, {}, [{ ...granted, granted: false }])),
    'A0U_CONSENT_REQUIRED',
  )
  t.equal(
    codeOf(() => save({ title: 'x' }, { phone: '1' }, [])),
    undefined,
    'removing needs no consent',
  )
  t.equal(
    codeOf(() => save({ phone: '1', title: 'x' }, { phone: '1' }, [])),
    undefined,
    'neither does what stays',
  )
  t.equal(
    codeOf(() => save({ title: 7 })),
    'A0U_BODY_INVALID',
  )
  t.equal(
    codeOf(() => save({ title: 7, x: 1 }, { title: 7 })),
    undefined,
    'an old value that no longer fits stands in no way',
  )
  t.equal(
    codeOf(() => save({ registration_source: 'custom_form' })),
    'A0U_FIELD_READ_ONLY',
  )
  t.equal(
    codeOf(() => save({ registration_source: 'social', social_provider: 'GitHub' })),
    undefined,
    'what it would write anyway',
  )
  t.equal(
    codeOf(() => save({ social_provider: 'GitHub', x: 1 }, { social_provider: 'GitHub' })),
    undefined,
  )
  t.equal(
    codeOf(() => save({ registration_completed_at: '2025-01-01T00:00:00Z' })),
    'A0U_FIELD_READ_ONLY',
  )
  t.equal(
    codeOf(() => save({ x: 1 }, { social_provider: 'GitHub' })),
    'A0U_FIELD_READ_ONLY',
    'nor may it be removed',
  )
  t.equal(
    codeOf(() => save({ a: 'x'.repeat(200) })),
    'A0U_BODY_TOO_LARGE',
  )
  t.equal(
    codeOf(() => save({ a: 1, b: 1, c: { d: 1 } })),
    'A0U_BODY_TOO_LARGE',
  )
  t.equal(
    codeOf(() => save({ a: 1, b: 1, c: 1 })),
    undefined,
  )
  t.equal(
    codeOf(() => save({ a: 1, b: 1, c: 1, d: 1 }, { a: 1, b: 1, c: 1, d: 1, e: 1 })),
    undefined,
    'shrinking is allowed',
  )
})
