import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { Auth0UsersError } from '#plugin/errors.js'
import { isExact, parseJsonBody } from '#plugin/wire/json-body.js'

const vectors = fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))

function parse(body: string | Buffer, maxDepth = 17): unknown {
  return parseJsonBody(Buffer.from(body as string), maxDepth)
}

/** The sentence of the refusal; undefined when the body is accepted. */
function refusal(body: string | Buffer, maxDepth?: number): string | undefined {
  try {
    parse(body, maxDepth)
    return undefined
  } catch (error) {
    if (!(error instanceof Auth0UsersError)) throw error
    return `${error.code} ${error.faults?.map(fault => `${fault.field} ${fault.message}`).join()}`
  }
}

t.test('ordinary JSON is read as JSON.parse reads it', async t => {
  for (const body of [
    '{}',
    '[]',
    'null',
    '"x"',
    ' {"a":[1,2.5,"x",true,null,{"b":""}]} ',
    '{"é":"😀\\ud83d\\ude00"}',
  ]) {
    t.strictSame(parse(body), JSON.parse(body), body)
  }
})

t.test('bodies that are not JSON in UTF-8 are refused', async t => {
  t.match(refusal(''), 'body is empty')
  for (const body of ['{', '{"a":}', "{'a':1}", '{"a":1,}', '01', 'NaN', '\u{feff}{}', '{"a":"\t"}']) {
    t.match(refusal(body), 'A0U_BODY_INVALID body is not valid JSON', body)
  }
  for (const bytes of [[0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
    t.match(refusal(Buffer.from([0x22, ...bytes, 0x22])), 'body is not UTF-8')
  }
})

t.test('a refusal never repeats what was sent', async t => {
  for (const body of ['secret', '{"a":"secret\\u0000"}', '{"a":"secret\\ud800"}', '{"a":98765432109876543210}']) {
    const error = t.throws(() => parse(body)) as Error
    t.notMatch(`${error.message} ${error.stack} ${error.cause}`, /secret|98765432109876543210/)
  }
})

t.test('text that PostgreSQL cannot hold is refused with its place', async t => {
  t.match(refusal('{"profile_data":{"phone":"a\\u0000b"}}'), 'profile_data.phone holds a NUL character')
  t.match(refusal('{"profile_data":{"list":["x","\\ud800"]}}'), 'profile_data.list.1 holds half of a surrogate pair')
  t.match(refusal('{"a":"\\udc00\\ud800"}'), 'half of a surrogate pair')
  t.match(refusal('{"a":{"\\u0000":1}}'), 'a has a key that holds a NUL character')
  t.match(refusal('{"\\udfff":1}'), 'body has a key that holds half')
})

t.test('keys that endanger JavaScript are refused at any depth, however they are spelled', async t => {
  for (const body of ['{"__proto__":{}}', '{"a":{"\\u005f_proto__":1}}', '{"a":[{"constructor":{}}]}']) {
    t.match(refusal(body), /may not have a key (__proto__|constructor)/, body)
  }
  t.equal(refusal('{"a":"__proto__"}'), undefined, 'as a value they are text')
})

t.test('a key that is given twice is refused, however it is spelled', async t => {
  for (const body of ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"x":[{"b":":","b":2}]}', '{"":1,"":1}']) {
    t.match(refusal(body), 'same key twice', body)
  }
  t.equal(refusal('{"a":{"a":{"a":":::"}},"b":{"a":1}}'), undefined)
})

t.test('numbers are exact or refused', async t => {
  const exact = [
    '0',
    '1',
    '-7',
    '1.0',
    '1.50',
    '1e2',
    '1E+2',
    '0.1',
    '9007199254740991',
    '9007199254740992',
    '1e22',
    '1e308',
  ]
  const more = [
    '100000000000000000000',
    '-0.0',
    '5e-324',
    '0e99999',
    '123456789.123',
    '1.7976931348623157e308',
    '120e-1',
  ]
  for (const literal of [...exact, ...more]) t.ok(isExact(literal), literal)
  const rounded = ['12345678901234567890', '9007199254740993', '1e400', '-1e400', '1e-400', '0.1000000000000000055']
  for (const literal of [...rounded, '3.14159265358979323846', '123456789012345678e3'])
    t.notOk(isExact(literal), literal)
  for (const literal of rounded) t.match(refusal(`{"a":[${literal}]}`), 'cannot be stored exactly', literal)
  t.equal(refusal('{"a":"12345678901234567890"}'), undefined, 'as text it is kept')
  t.ok(Object.is((parse('{"a":-0.0,"b":-1.5}') as { a: number }).a, 0), 'PostgreSQL knows no negative zero')
})

t.test('nesting beyond the limit is refused, however deep', async t => {
  t.equal(refusal('[[1]]', 2), undefined)
  t.match(refusal('[[[1]]]', 2), 'nested too deeply')
  for (const depth of [18, 10_000, 500_000])
    t.match(refusal('['.repeat(depth) + ']'.repeat(depth)), 'nested too deeply')
  t.match(refusal(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`), 'nested too deeply')
  t.match(refusal('['.repeat(500_000)), 'not valid JSON')
})

t.test('large bodies take time in proportion to their size', async t => {
  const zeros = '0'.repeat(200_000)
  const bodies = [
    `"${'\\n'.repeat(100_000)}"`,
    `[1.${zeros}1]`,
    `[${'1e308,'.repeat(30_000)}1]`,
    `"${'"'.repeat(3)}`,
    `{"a":"${'é'.repeat(100_000)}"}`,
  ]
  const started = performance.now()
  for (const body of bodies) refusal(body)
  t.ok(performance.now() - started < 5000)
})

t.test('any JSON that JavaScript can write is read back as it was', async t => {
  const key = fc
    .string({ unit: 'binary' })
    .filter(text => text !== '__proto__' && text !== 'constructor' && !text.includes('\0'))
  const text = fc.string({ unit: 'binary' }).filter(text => !text.includes('\0'))
  const leaf = fc.oneof(
    text,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof({ depthSize: 'small', maxDepth: 6 }, leaf, fc.array(tie('tree')), fc.dictionary(key, tie('tree'))),
  }))
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(tree, value => {
        const body = JSON.stringify(value)
        return isDeepStrictEqual(parse(body, 20), JSON.parse(body.replace(/^-0$/, '0')))
      }),
    ),
  )
})

t.test('JSONTestSuite: what must fail fails, what must pass is read exactly or refused by a stated rule', async t => {
  if (!existsSync(vectors)) return t.comment('the vectors are absent here: nothing compared')
  const folder = join(vectors, 'jsontestsuite/test_parsing')
  const refusedByRule = /same key twice|NUL character|stored exactly|surrogate|nested too deeply|__proto__/
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name))
    const said = refusal(bytes)
    if (name.startsWith('n_')) t.type(said, 'string', name)
    else if (said === undefined) t.strictSame(parse(bytes), JSON.parse(bytes.toString()), name)
    else if (name.startsWith('y_')) t.match(said, refusedByRule, name)
    else t.match(said, 'A0U_BODY_INVALID', name)
  }
})
