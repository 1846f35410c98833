import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { type AccountApp, type Answer, accountApp, type Person, profilePath } from './account.ts'

const vectors = fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))

/** What the server adds to `profile_data`. */
const added = ['registration_source', 'social_provider', 'registration_completed_at']

function withoutAdded(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !added.includes(key)))
}

async function storedData(person: Person): Promise<Record<string, unknown>> {
  return withoutAdded((await person.get()).body.profile_data)
}

/** Saves a value, reads it back, and clears it again. */
async function roundTrip(t: Test, person: Person, value: unknown, name: string): Promise<void> {
  const saved = await person.send('PUT', { profile_data: { value } })
  t.equal(saved.status, 200, name)
  t.strictSame(await storedData(person), { value: JSON.parse(JSON.stringify(value)) }, name)
  t.equal((await person.send('PATCH', { profile_data: { value: null } })).status, 200)
}

/** `[name, raw body, status, content type]` */
type Case = readonly [string, string | Buffer | undefined, number, string?]

const nested = (depth: number, open = '{"a":', close = '}') => `${open.repeat(depth)}1${close.repeat(depth)}`
const data = (json: string) => `{"profile_data":${json}}`

const refused: readonly Case[] = [
  ['no body', undefined, 400],
  ['an empty body', '', 400],
  ['white space', ' \n', 400],
  ['an array', '[]', 400],
  ['an array of pairs', '[["first_name","x"]]', 400],
  ['null', 'null', 400],
  ['a string', '"x"', 400],
  ['a number', '7', 400],
  ['true', 'true', 400],
  ['half an object', '{"first_name":"x"', 400],
  ['a trailing comma', '{"first_name":"x",}', 400],
  ['single quotes', "{'first_name':'x'}", 400],
  ['a comment', '{"first_name":"x"/**/}', 400],
  ['two documents', '{}{}', 400],
  ['a byte order mark', '\u{feff}{}', 400],
  ['HTML', '<html></html>', 400],
  ['a form in JSON clothes', 'first_name=x', 400],
  ['NaN', data('{"a":NaN}'), 400],
  ['Infinity', data('{"a":Infinity}'), 400],
  ['hexadecimal', data('{"a":0x10}'), 400],
  ['a leading zero', data('{"a":01}'), 400],
  ['a raw control character', data('{"a":"\u{1}"}'), 400],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
  ['an encoded surrogate', Buffer.from(`{"first_name":"\u00ed\u00a0\u0080"}`, 'latin1'), 400],
  ['UTF-16', Buffer.from('{"first_name":"x"}', 'utf16le'), 400],
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]), 400],
  ['first_name a number', '{"first_name":123}', 400],
  ['first_name null', '{"first_name":null}', 400],
  ['first_name an array', '{"first_name":["x"]}', 400],
  ['first_name an object', '{"first_name":{"toString":"x"}}', 400],
  ['first_name true', '{"first_name":true}', 400],
  ['first_name of 151 characters', `{"first_name":"${'x'.repeat(151)}"}`, 400],
  ['last_name of 151 emoji', `{"last_name":"${'😀'.repeat(151)}"}`, 400],
  ['first_name with NUL', '{"first_name":"a\\u0000b"}', 400],
  ['first_name with half a pair', '{"first_name":"\\ud83d"}', 400],
  ['last_name with the wrong half', '{"last_name":"\\ude00x"}', 400],
  ['email', '{"email":"a@b.example"}', 400],
  ['auth0_id', '{"auth0_id":"auth0|2"}', 400],
  ['username', '{"username":"root"}', 400],
  ['is_superuser', '{"is_superuser":true}', 400],
  ['is_staff beside a good field', '{"first_name":"x","is_staff":true}', 400],
  ['id', '{"id":"1"}', 400],
  ['an unknown field', '{"nickname":"x"}', 400],
  ['an unknown field in capitals', '{"First_Name":"x"}', 400],
  ['a password', '{"password":"x"}', 400],
  ['profile_data null', data('null'), 400],
  ['profile_data an array', data('[]'), 400],
  ['profile_data pairs', data('[["k","v"]]'), 400],
  ['profile_data a string', data('"{}"'), 400],
  ['profile_data a number', data('1'), 400],
  ['__proto__ at the top', '{"__proto__":{"first_name":"x"}}', 400],
  ['__proto__ in profile_data', data('{"__proto__":{"is_staff":true}}'), 400],
  ['__proto__ by escapes', data('{"\\u005f\\u005fproto\\u005f\\u005f":{"x":1}}'), 400],
  ['__proto__ deep down', data('{"a":[{"b":{"__proto__":null}}]}'), 400],
  ['constructor', data('{"constructor":{"prototype":{"x":1}}}'), 400],
  ['constructor at the top', '{"constructor":1}', 400],
  ['NUL in a value', data('{"a":"\\u0000"}'), 400],
  ['NUL in a key', data('{"a\\u0000b":1}'), 400],
  ['half a pair in a value', data('{"a":["\\udfff"]}'), 400],
  ['half a pair in a key', data('{"\\ud800":1}'), 400],
  ['an integer beyond 2^53', data('{"a":9007199254740993}'), 400],
  ['a long integer', data('{"a":12345678901234567890}'), 400],
  ['a negative long integer', data('{"a":-12345678901234567890}'), 400],
  ['1e400', data('{"a":1e400}'), 400],
  ['-1e400', data('{"a":[-1e400]}'), 400],
  ['1e-400', data('{"a":1e-400}'), 400],
  ['a fraction too fine', data('{"a":0.1000000000000000055}'), 400],
  ['a fraction of 40 digits', data(`{"a":0.${'3'.repeat(40)}}`), 400],
  ['the same key twice', data('{"a":1,"a":2}'), 400],
  ['the same key twice by escapes', data('{"a":1,"\\u0061":1}'), 400],
  ['profile_data twice', '{"profile_data":{},"profile_data":{}}', 400],
  ['17 levels', data(nested(17)), 400],
  ['10,000 levels', data(nested(10_000)), 400],
  ['10,000 arrays', data(`{"a":${nested(10_000, '[', ']')}}`), 400],
  ['40,000 levels, never closed', data('['.repeat(40_000)), 400],
  ['201 keys', data(JSON.stringify(Object.fromEntries(Array.from({ length: 201 }, (_, n) => [n, n])))), 413],
  ['201 keys deep down', data(JSON.stringify({ a: Array.from({ length: 200 }, n => ({ n: n ?? 0 })) })), 413],
  ['66 KiB', data(JSON.stringify({ a: 'x'.repeat(66 * 1024) })), 413],
  ['66 KiB of two-byte letters', data(JSON.stringify({ a: 'é'.repeat(33 * 1024) })), 413],
  ['1 MiB', data(JSON.stringify({ a: 'x'.repeat(2 ** 20) })), 413],
  ['20 MiB', Buffer.alloc(20 * 2 ** 20, 0x20), 413],
  ['registration_source', data('{"registration_source":"admin"}'), 400],
  ['social_provider', data('{"social_provider":"GitHub"}'), 400],
  ['registration_completed_at', data('{"registration_completed_at":"2025-08-22T19:30:00Z"}'), 400],
  ['text', '{"first_name":"x"}', 415, 'text/plain'],
  ['a form', 'first_name=x', 415, 'application/x-www-form-urlencoded'],
  ['XML', '<a/>', 415, 'application/xml'],
  ['multipart', '--x--', 415, 'multipart/form-data; boundary=x'],
  ['something like JSON', '{"first_name":"x"}', 415, 'application/jsonx'],
  ['nonsense as a type', '{"first_name":"x"}', 415, '/'],
  ['bytes', '{"first_name":"x"}', 415, 'application/octet-stream'],
]

const accepted: readonly [string, unknown][] = [
  ['an empty string', ''],
  ['zero', 0],
  ['2^53', 2 ** 53],
  ['the largest double', Number.MAX_VALUE],
  ['the smallest double', 5e-324],
  ['1e23', 1e23],
  ['a third', 1 / 3],
  ['minus one and a half', -1.5],
  ['true and false', [true, false]],
  ['null', null],
  ['empty things', { a: {}, b: [], c: '' }],
  ['150 keys', Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`k${n}`, n]))],
  ['15 levels more', JSON.parse(nested(15))],
  ['emoji and combining letters', '👩‍👩‍👧‍👦 e\u0301 \u{10ffff}'],
  ['noncharacters', '\ufffe\uffff'],
  ['controls by escapes', '\u0001\u001f\u007f\u0085\u2028\u2029'],
  ['right-to-left', 'الراجحي\u202e'],
  ['what looks like SQL', "'; drop table accounts_user; --"],
  ['what looks like HTML', '<script>alert(1)</script>'],
  ['backslashes and quotes', '\\"\\\\u0000"'],
  ['keys of Object.prototype', { toString: 1, hasOwnProperty: 2, prototype: 3, valueOf: 4 }],
  ['keys that are numbers', { 1: 'a', 0: 'b', '-1': 'c', '01': 'd' }],
  ['an empty key', { '': { '': '' } }],
  ['a long text', 'x'.repeat(60_000)],
  ['a long number as text', '12345678901234567890'],
]

async function sendRaw(
  { app }: AccountApp,
  person: Person,
  method: string,
  [, body, , type = 'application/json']: Case,
): Promise<Answer> {
  const response = await app.inject({
    method: method as 'PUT',
    url: profilePath,
    headers: { authorization: person.authorization, 'content-type': type },
    ...(body === undefined ? {} : { payload: body }),
  })
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(response.body) }
}

t.test('hostile and ordinary bodies', async t => {
  const built = await accountApp(t)
  const person = await built.person('auth0|bodies')
  const before = (await person.get()).body

  await t.test(
    `${refused.length} bodies that PUT refuses, each with its status, a stable code and nothing written`,
    async t => {
      for (const each of refused) {
        const [name, , status] = each
        const answer = await sendRaw(built, person, 'PUT', each)
        t.equal(answer.status, status, name)
        t.match(answer.body.code, status === 415 ? /^FST_ERR_CTP_INVALID_MEDIA_TYPE$/ : /^A0U_/, name)
        t.equal(answer.headers['cache-control'], 'no-store')
      }
      t.strictSame((await person.get()).body, before)
    },
  )

  await t.test('PATCH refuses the same ones, but for null, which deletes', async t => {
    for (const each of refused) {
      const [name, , status] = each
      if (name === 'first_name null' || name === 'profile_data null') continue
      t.equal((await sendRaw(built, person, 'PATCH', each)).status, status, name)
    }
    t.strictSame((await person.get()).body, before)
  })

  await t.test(`${accepted.length} values that are stored and read back identically`, async t => {
    for (const [name, value] of accepted) await roundTrip(t, person, value, name)
    t.strictSame(await storedData(person), {})
  })

  await t.test('a merge patch may say so in its content type, and JSON may name its character set', async t => {
    for (const type of ['application/merge-patch+json', 'application/json; charset=utf-8', 'Application/JSON']) {
      const answer = await sendRaw(built, person, 'PATCH', ['', '{"profile_data":{"absent":null}}', 200, type])
      t.equal(answer.status, 200, type)
    }
  })
})

t.test('the naughty strings are stored and read back identically, as text, as keys and as names', async t => {
  const file = join(vectors, 'blns/blns.json')
  if (!existsSync(file)) return t.comment('the list of naughty strings is absent here: nothing compared')
  const { person: signIn } = await accountApp(t, { profile: { maxKeys: 2000, maxBytes: 1_000_000 } })
  const person = await signIn('auth0|naughty')
  const strings = [...new Set(JSON.parse(readFileSync(file, 'utf8')) as string[])].filter(text => !text.includes('\0'))
  t.ok(strings.length > 400)
  const asKeys = Object.fromEntries(
    strings.filter(text => text !== '__proto__' && text !== 'constructor').map(text => [text, text]),
  )
  t.equal((await person.send('PUT', { profile_data: { strings, asKeys } })).status, 200)
  t.strictSame(await storedData(person), { strings, asKeys })
  // Not each in a line of the report: they would break it.
  const names = strings.filter(text => [...text].length <= 150).slice(0, 250)
  const wrong: string[] = []
  for (const name of names) {
    const saved = await person.send('PUT', { first_name: name })
    if (saved.status !== 200 || saved.body.first_name !== name) wrong.push(name)
  }
  t.strictSame(wrong, [], `${names.length} names`)
})

t.test('JSONTestSuite over HTTP: what is not JSON is 400, what is accepted is read back identically', async t => {
  const folder = join(vectors, 'jsontestsuite')
  if (!existsSync(folder)) return t.comment('JSONTestSuite is absent here: nothing compared')
  const built = await accountApp(t)
  const person = await built.person('auth0|suite')
  const files = ['test_parsing', 'test_transform'].flatMap(sub =>
    readdirSync(join(folder, sub)).map(name => join(sub, name)),
  )
  let stored = 0
  for (const name of files) {
    const bytes = readFileSync(join(folder, name))
    const body = Buffer.concat([Buffer.from('{"profile_data":{"value":'), bytes, Buffer.from('}}')])
    const answer = await sendRaw(built, person, 'PUT', [name, body, 0])
    t.ok([200, 400, 413].includes(answer.status), `${name}: ${answer.status}`)
    if (name.includes('/n_')) t.equal(answer.status, 400, name)
    if (answer.status !== 200) continue
    stored++
    const { value } = JSON.parse(body.toString()).profile_data
    t.strictSame(
      await storedData(person),
      { value: Object.is(value, -0) ? 0 : JSON.parse(JSON.stringify(value)) },
      name,
    )
    await person.send('PATCH', { profile_data: { value: null } })
  }
  t.ok(stored > 60, `${stored} of ${files.length} were stored`)
})
