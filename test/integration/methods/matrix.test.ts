import { type Span, trace } from '@opentelemetry/api'
import t from 'tap'
import { createTokenFormat } from '#plugin/credentials/secret.js'
import { modelPermissions, type Permission } from '#plugin/index.js'
import { type BuiltApp, build } from '../../helpers/app.ts'
import { codes, others, people, type Row, readTable, refused, scoped } from './matrix.ts'

const model = 'store.asset'
const [view, add, change, remove] = modelPermissions(model) as [Permission, Permission, Permission, Permission]
const every = [view, add, change, remove]
const named: Readonly<Record<string, readonly Permission[]>> = {
  ...{ none: [], view: [view], add: [add], change: [change], delete: [remove], all: every, group: [] },
}
const sessionPath = '/api/v1/accounts/session/'
const cookieName = '__Host-a0u_session'

type Headers = Record<string, string>

interface Person {
  readonly row: Row
  readonly sub: string
  readonly id: string
  /** Request headers by the way to sign in. */
  readonly ways: Readonly<Record<'jwt' | 'token' | 'session' | 'basic', Headers>>
}

const clock = { ms: Date.now() }
const secrets = new Set<string>()
const logs: string[] = []
const answers: string[] = []
const spans: string[] = []
let built: BuiltApp
let recorded: readonly Person[] = []

const rows = readTable(people)
const passwords = Object.fromEntries(rows.map((_, n) => [`person-${n}`, secret(`password-${n}-${Math.random()}`)]))

t.before(async () => {
  recordSpans()
  built = await build(t, {
    fastify: { logger: { level: 'trace', stream: { write: line => void logs.push(line) } } },
    plugin: {
      permissions: every,
      claims: { permissions: 'permissions' },
      methods: {
        token: true,
        session: { staffOnly: false, idle: 3600, absolute: 7200 },
        basic: {
          users: Object.fromEntries(
            Object.entries(passwords).map(([name, password]) => [name, { password, auth0_id: `auth0|${name}` }]),
          ),
        },
      },
      now: () => clock.ms,
    },
    before: app => app.addHttpMethod('PROPFIND'),
    routes: app => {
      app.all('/asset', { config: { auth: { model } } }, (_request, reply) => reply.send({}))
      app.all('/plain', (_request, reply) => reply.send({}))
    },
  })
  const found: Person[] = []
  for (const [n, row] of rows.entries()) found.push(await enter(row, `person-${n}`))
  recorded = found
})

t.test('every person, by every way to sign in, with every HTTP method', async t => {
  t.ok(rows.length >= 30)
  for (const { row, ways } of recorded) {
    for (const [way, headers] of Object.entries(ways)) await compare(t, row, headers, `${way}: `)
  }
})

t.test('machines and anonymous sessions hold what the named claim says', async t => {
  const subjects: Readonly<Record<string, string>> = { machine: 'm@clients', anonymous: 'anon@0001' }
  for (const row of readTable(others)) {
    const [claim, what] = row.second.split(': ')
    const permissions = named[what ?? 'none'] ?? []
    const claims =
      claim === 'permissions' ? { permissions: [...permissions] } : claim === 'scope' ? { scope: every.join(' ') } : {}
    await compare(t, row, await jwt({ sub: subjects[row.first], ...claims }))
  }
})

t.test('an API token holds no more than its scopes', async t => {
  for (const [n, row] of readTable(scoped).entries()) {
    const person = await enter({ ...row, second: 'all' }, `scoped-${n}`)
    const { text } = await built.app.auth0Users.apiTokens.create({
      ...{ userId: person.id, name: 'scoped', scopes: [...(named[row.second] ?? [])] },
    })
    await compare(t, row, { authorization: `Token ${secret(text)}` })
  }
})

t.test('credentials that should not work do not', async t => {
  const broken = await brokenCredentials()
  t.strictSame(Object.keys(broken).sort(), Object.keys(refused).sort(), 'each line of the table is tried')
  for (const [what, { method = 'GET', headers }] of Object.entries(broken)) {
    const answer = await send(method, '/plain', headers)
    t.equal(answer.code, refused[what], what)
    t.ok(answer.status === 401 || answer.code === 'A0U_SESSION_CSRF', `${what}: ${answer.status}`)
  }
})

t.test('no secret is in the database, the logs, the spans or an answer', async t => {
  await built.app.close()
  const { rows: tables } = await built.database.pool.query(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  )
  const dump: string[] = []
  for (const { name } of tables) {
    const { rows } = await built.database.pool.query(`select row_to_json(r)::text as row from "${name}" r`)
    dump.push(...rows.map(({ row }) => row as string))
  }
  t.ok(dump.some(row => row.includes('"scopes"')) && dump.some(row => row.includes('last_seen_at')), 'rows were dumped')
  t.ok(
    logs.some(line => line.includes('A0U_API_TOKEN_REVOKED')),
    'refusals were logged',
  )
  t.ok(
    spans.some(line => line.includes('users.')),
    'spans were recorded',
  )
  const places = { database: dump, logs, spans, answers }
  for (const [place, lines] of Object.entries(places)) {
    const text = lines.join('\n')
    for (const forms of secrets) {
      const found = formsOf(forms).filter(form => text.includes(form))
      if (found.length > 0) t.fail(`${place} holds a secret`)
    }
  }
  t.ok(secrets.size > 100, `${secrets.size} secrets were looked for`)
})

/** A row of `accounts_user` with credentials that were given out while it was active. */
async function enter(row: Row, name: string): Promise<Person> {
  const { db } = built.database
  const sub = `auth0|${name}`
  const bearer = await jwt({ sub, email: `${name}@x.test` })
  await send('GET', '/plain', bearer)
  const { id } = await db.selectFrom('accounts_user').select('id').where('auth0_id', '=', sub).executeTakeFirstOrThrow()
  const { text } = await built.app.auth0Users.apiTokens.create({ userId: id, name: 'all' })
  const session = await signIn(bearer)
  await grant(id, row.second)
  const has = (flag: string) => row.first.split(' ').includes(flag)
  await db
    .updateTable('accounts_user')
    .set({
      is_active: !has('inactive'),
      is_staff: has('staff'),
      is_superuser: has('superuser'),
      is_platform: has('platform'),
    })
    .where('id', '=', id)
    .execute()
  built.app.auth0Users.evict(id)
  const basic = { authorization: `Basic ${secret(Buffer.from(`${name}:${passwords[name]}`).toString('base64'))}` }
  return { row, sub, id, ways: { jwt: bearer, token: { authorization: `Token ${secret(text)}` }, session, basic } }
}

async function grant(user_id: string, what: string): Promise<void> {
  const { db } = built.database
  const permissions = named[what] ?? []
  if (permissions.length > 0) {
    await db
      .insertInto('accounts_user_permission')
      .values(permissions.map(permission => ({ user_id, permission })))
      .execute()
  }
  if (what !== 'group') return
  const name = `group of ${user_id}`
  const { id: group_id } = await db
    .insertInto('accounts_group')
    .values({ name })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('accounts_group_permission')
    .values(every.map(permission => ({ group_id, permission })))
    .execute()
  await db.insertInto('accounts_user_group').values({ user_id, group_id }).execute()
}

async function compare(t: Tap, row: Row, headers: Headers, label = ''): Promise<void> {
  for (const [method, expected] of Object.entries(row.expected)) {
    const [status, code] = codes[expected] ?? [0, null]
    const answer = await send(method, '/asset', headers)
    const what = `${label}${row.first} | ${row.second} | ${method}: ${expected}`
    t.strictSame([answer.status, answer.code], [status, method === 'HEAD' ? null : code], what)
  }
}

type Tap = Parameters<typeof build>[0]

async function send(method: string, path: string, headers: Headers = {}) {
  const answer = await built.fetch(path, { method, headers })
  const text = await answer.text()
  answers.push(
    `${JSON.stringify([...answer.headers].filter(([name]) => name !== 'set-cookie'))}${path === sessionPath ? '' : text}`,
  )
  const { code = null } = text === '' ? {} : JSON.parse(text)
  return { status: answer.status, code, text, cookie: answer.headers.getSetCookie()[0] ?? '' }
}

async function jwt(claims: object): Promise<Headers> {
  const iat = Math.floor(clock.ms / 1000)
  return { authorization: secret(await built.bearer({ iat, exp: iat + 7200, ...claims })) }
}

async function signIn(bearer: Headers): Promise<Headers> {
  const { text, cookie } = await send('POST', sessionPath, bearer)
  const value = secret(/=([^;]+)/.exec(cookie)?.[1] ?? '')
  return { cookie: `${cookieName}=${value}`, 'x-csrf-token': secret(JSON.parse(text).csrf_token) }
}

async function brokenCredentials(): Promise<Record<string, { method?: string; headers: Headers }>> {
  const { auth0Users } = built.app
  const create = async (request: { expiresIn?: number }) =>
    await auth0Users.apiTokens.create({ userId: one.id, name: 'x', ...request })
  const one = await enter({ first: '-', second: 'none', expected: {} }, 'broken-1')
  const two = await enter({ first: '-', second: 'none', expected: {} }, 'broken-2')
  const three = await enter({ first: '-', second: 'none', expected: {} }, 'broken-3')
  const token = (text: string) => ({ headers: { authorization: `Token ${secret(text)}` } })
  const password = (name: string, given: string) => ({
    headers: { authorization: `Basic ${secret(Buffer.from(`${name}:${given}`).toString('base64'))}` },
  })

  const expired = await create({ expiresIn: 1 })
  const old = await signIn(await jwt({ sub: three.sub }))
  const shortLived = await jwt({ sub: one.sub, exp: Math.floor(clock.ms / 1000) + 60 })
  clock.ms += 3_600_000
  const revoked = await create({})
  await send('GET', '/plain', { authorization: `Token ${secret(revoked.text)}` })
  await auth0Users.apiTokens.revoke(revoked.token.id)
  const signedOut = await signIn(await jwt({ sub: one.sub }))
  await send('DELETE', sessionPath, signedOut)
  const loggedOut = await signIn(await jwt({ sub: one.sub, sid: 'sid-of-auth0' }))
  await auth0Users.sessions.revokeBySid('sid-of-auth0')
  const bare = await signIn(await jwt({ sub: one.sub }))
  const before = { jwt: await jwt({ sub: two.sub }), session: await signIn(await jwt({ sub: two.sub })) }
  const { db } = built.database
  const everywhere = { tokens_valid_after: new Date(clock.ms + 1000) }
  await db.updateTable('accounts_user').set(everywhere).where('id', '=', two.id).execute()
  auth0Users.evict(two.id)
  const good = (await create({})).text
  const last = good.endsWith('a') ? 'b' : 'a'
  const { authorization = '' } = await jwt({ sub: one.sub })
  return {
    'nothing at all': { headers: {} },
    'an access token that expired': { headers: shortLived },
    'an access token from before signing out everywhere': { headers: before.jwt },
    'an access token with another signature': {
      headers: { authorization: authorization.replace(/.{8}$/, 'AAAAAAAA') },
    },
    'an API token that expired': token(expired.text),
    'an API token that was revoked': token(revoked.text),
    'an API token that was mistyped': token(good.slice(0, -1) + last),
    'an API token of somebody else’s installation': token(createTokenFormat('a0u_').mint().text),
    'a session that expired': { headers: old },
    'a session after signing out': { headers: signedOut },
    'a session after back-channel logout': { headers: loggedOut },
    'a session from before signing out everywhere': { headers: before.session },
    'a session that nobody was given': { headers: { cookie: `${cookieName}=${'A'.repeat(43)}` } },
    'a write with a session but without its CSRF token': { method: 'POST', headers: { cookie: bare['cookie'] ?? '' } },
    'a wrong password': password('person-1', 'wrong'),
    'an unknown username': password('person-9999', 'wrong'),
  }
}

/** Remembers what must not turn up anywhere. */
function secret(text: string): string {
  secrets.add(text.replace(/^Bearer /, ''))
  return text
}

/** A secret as it is, and as a dump of bytes would show it. */
function formsOf(text: string): string[] {
  return [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64').replace(/=+$/, '')]
}

function recordSpans(): void {
  const span = {
    setStatus: (status: unknown) => void spans.push(JSON.stringify(status)),
    setAttribute: (...given: unknown[]) => void spans.push(JSON.stringify(given)),
    setAttributes: (given: unknown) => void spans.push(JSON.stringify(given)),
    recordException: (error: unknown) => void spans.push(String(error)),
    end: () => {},
  } as unknown as Span
  const startActiveSpan = (name: string, options: unknown, work: (span: Span) => unknown) => {
    spans.push(`${name} ${JSON.stringify(options)}`)
    return work(span)
  }
  trace.setGlobalTracerProvider({ getTracer: () => ({ startActiveSpan }) } as never)
}
