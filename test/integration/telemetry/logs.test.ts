import t from 'tap'
import type { Auth0UsersOptions } from '#plugin/index.js'
import { build } from '../../helpers/app.ts'

const profilePath = '/api/v1/accounts/users/profile/'

/** One line of the log, parsed. */
interface Line {
  readonly level: number
  readonly msg: string
  readonly event?: string
  readonly code?: string
  readonly reqId?: string
  readonly [field: string]: unknown
}

const names: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }

/** An app whose every line is kept, from `debug` up. */
async function logged(t: Parameters<typeof build>[0], plugin: Partial<Auth0UsersOptions> = {}) {
  const texts: string[] = []
  const stream = { write: (text: string) => void texts.push(text) }
  const built = await build(t, {
    fastify: { logger: { level: 'debug', stream } },
    plugin,
    routes: app => {
      app.get('/hello', () => 'hello')
      app.get('/public', { config: { auth: false } }, () => 'hello')
    },
  })
  texts.length = 0
  return {
    ...built,
    texts,
    /** Those of the plugin, and nothing that was written before the last call. */
    take(): Line[] {
      return texts.splice(0).flatMap(text => {
        const line = JSON.parse(text) as Line
        return line.event === undefined ? [] : [line]
      })
    },
    async call(headers: Record<string, string>, url = '/hello', method: 'GET' | 'PUT' = 'GET', payload?: object) {
      return await built.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
    },
  }
}

const short = ({ level, event, code }: Line): string => [names[level], event, code].filter(Boolean).join(' ')

t.test('each refusal is one line with its code and the id of the request', async t => {
  const app = await logged(t)
  const { bearer } = app
  const ada = { sub: 'auth0|ada', email: 'ada@example.test' }
  const cases = [
    { headers: {}, line: 'info request.refused A0U_CREDENTIALS_MISSING' },
    { headers: { authorization: 'Bearer a.b' }, line: 'info request.refused A0U_TOKEN_MALFORMED' },
    { headers: { authorization: 'Basic YTpi' }, line: 'info request.refused A0U_METHOD_NOT_ACCEPTED' },
    {
      headers: { authorization: await bearer(ada, { signWith: 'other-key' }) },
      line: 'info request.refused A0U_TOKEN_SIGNATURE',
    },
    { headers: { authorization: await bearer({ ...ada, exp: 1 }) }, line: 'info request.refused A0U_TOKEN_EXPIRED' },
  ]
  for (const { headers, line } of cases) {
    await app.call(headers)
    const lines = app.take()
    t.strictSame(lines.map(short), [line])
    t.match(lines[0], { reqId: /^req-/ })
  }
  await app.call({ authorization: 'Bearer a.b' }, '/public')
  t.strictSame(app.take().map(short), ['debug credentials.ignored'], 'on a public route nobody is refused')

  await app.issuer.outage('status-500')
  const other = await app.bearer({ ...ada, iss: `${app.issuer.issuer}` }, { header: { kid: 'unknown' } })
  await app.call({ authorization: other })
  t.strictSame(app.take().map(short), ['warn keys.unavailable', 'info request.refused A0U_TOKEN_KEY_UNKNOWN'])
})

t.test('outages and what ends them', async t => {
  let time = Date.now()
  const app = await logged(t, { now: () => time })
  await app.issuer.outage('truncated')
  const ada = { sub: 'auth0|ada', iat: Math.floor(time / 1000), exp: time / 1000 + 86_400 }
  await app.call({ authorization: await app.bearer(ada) })
  const [keys, refused] = app.take()
  t.match(keys, { level: 40, event: 'keys.unavailable', issuer: app.issuer.issuer, reason: 'json', failures: 1 })
  t.match(refused, { level: 40, event: 'request.refused', code: 'A0U_KEYS_UNAVAILABLE' })
  await app.issuer.outage('none')
  time += 2000
  await app.call({ authorization: await app.bearer(ada) })
  t.strictSame(app.take().map(short), ['info keys.available', 'info user.created'])
  await app.issuer.rotate()
  time += 40_000
  await app.call({ authorization: await app.bearer(ada) })
  t.match(app.take(), [{ level: 30, event: 'keys.changed', added: 1, removed: 0 }])
  await app.database.db.schema.alterTable('accounts_user').renameTo('elsewhere').execute()
  await app.call({ authorization: await app.bearer({ ...ada, sub: 'auth0|bob' }) })
  t.strictSame(app.take().map(short), ['warn request.refused A0U_DATABASE_FAILED'])
})

t.test('each change on record is one line after its commit, without what was changed', async t => {
  const app = await logged(t, {
    users: { emailConflict: 'reject' },
    hooks: {
      afterCreate: ({ auth0_id }) => {
        if (auth0_id === 'auth0|bad') throw new Error('rolled back')
      },
    },
  })
  const ada = { authorization: await app.bearer({ sub: 'auth0|ada', email: 'ada@example.test' }) }
  await app.call(ada)
  const { id } = await app.database.db.selectFrom('accounts_user').select('id').executeTakeFirstOrThrow()
  const [created] = app.take()
  t.match(created, { level: 30, event: 'user.created', userId: id, actorId: id, method: 'jwt', reqId: /^req-/ })
  t.match(created, { changed: ['email'] })

  await app.call({ authorization: await app.bearer({ sub: 'auth0|bad', email: 'bad@example.test' }) })
  t.strictSame(app.take().map(short), ['warn request.refused A0U_HOOK_FAILED'], 'nothing of what was rolled back')

  await app.call({ authorization: await app.bearer({ sub: 'google|ada', email: 'ada@example.test' }) })
  t.strictSame(app.take().map(short), ['warn user.email_conflict', 'info request.refused A0U_EMAIL_CONFLICT'])

  const staff = { actorId: id, method: 'jwt', requestId: 'req-of-staff' }
  const { users, apiTokens, sessions, privacy } = app.app.auth0Users
  const { token } = await apiTokens.create({ userId: id, name: 'a secret name' } as never, staff)
  await apiTokens.revoke(token.id, { actor: staff })
  await sessions.revokeAll(id, staff)
  await users.signOutEverywhere(id, staff)
  await users.deactivate(id, staff)
  await users.reactivate(id, staff)
  await privacy.anonymise(id, staff)
  const lines = app.take()
  const actions = ['token.created', 'token.revoked', 'user.signed_out', 'user.deactivated', 'user.reactivated']
  t.strictSame(
    lines.map(({ event }) => event).filter(event => event !== 'consent.withdrawn'),
    [...actions, 'user.anonymised'],
  )
  for (const line of lines) t.match(line, { level: 30, userId: id, actorId: id, reqId: 'req-of-staff' })
  t.notMatch(JSON.stringify(lines), /secret name|ada@/)
})

t.test('over a hostile run no line holds a token, an email, a claim or a secret', async t => {
  const secrets: string[] = []
  const secret = (text: string): string => {
    secrets.push(text)
    return text
  }
  const app = await logged(t, {
    methods: {
      token: true,
      session: { insecureLoopback: true },
      basic: { users: { dev: { password: secret('basic-password-1') } } },
    },
    claims: {
      first_name: ({ sub, given_name }) => {
        if (sub.includes('other')) throw new Error('the mapping failed')
        return given_name
      },
    },
    users: { userinfo: 'create' },
  })
  const { bearer, issuer } = app
  const noted = async (...given: Parameters<typeof bearer>): Promise<{ authorization: string }> => {
    const authorization = await bearer(...given)
    for (const segment of authorization.replace('Bearer ', '').split('.'))
      if (segment.length > 20) secrets.push(segment)
    return { authorization }
  }
  const hostile = {
    ...{ sub: secret('auth0|hostile-subject'), email: secret('hostile@example.test'), name: secret('Hostile Name') },
    ...{ given_name: secret('Hostgiven'), family_name: secret('Hostfamily'), nickname: secret('hostnick') },
  }
  const ways = [
    await noted(hostile),
    await noted({ ...hostile, email: 5, given_name: { a: secret('nested-claim-value') } }),
    await noted({ ...hostile, sub: secret('auth0|hostile-other') }),
    await noted({ ...hostile, iss: `${secret('https://hostile-issuer.example')}/` }),
    await noted({ ...hostile, aud: secret('https://hostile-audience.example') }),
    await noted({ ...hostile, sub: `${secret('hostile-null')}\u0000` }),
    await noted({ ...hostile, exp: 1 }),
    await noted({ ...hostile, sub: secret('auth0|hostile-no-email'), email: undefined }),
    await noted(hostile, { signWith: 'other-key' }),
    await noted(hostile, { signWith: 'nothing' }),
    await noted(hostile, { header: { alg: 'none' } }),
    await noted(hostile, { header: { kid: secret('hostile-key-id') } }),
    await noted(hostile, { header: { alg: secret('HOSTILE-ALG'), jku: secret('https://hostile-jku.example') } }),
    await noted(hostile, { rawPayload: `{"${secret('hostile-broken-json')}` }),
    { authorization: `Bearer ${secret('not-a-token-at-all')}` },
    { authorization: `Bearer ${secret('two-words')} ${secret('second-word')}` },
    {
      authorization: `Basic ${Buffer.from(`${secret('hostile-user')}:${secret('hostile-password')}`).toString('base64')}`,
    },
    { authorization: `Basic ${secret('bm90LWJhc2ljLWF0LWFsbA')}` },
    { authorization: `Token ${secret('a0u_hostile_token_hostile_token_hostile_token_1')}` },
    { authorization: `${secret('Hostilescheme')} abc` },
    { cookie: `__Host-a0u_session=${secret('hostile-session-secret-hostile-session-secr')}` },
    { cookie: `a0u_session=${secret('hostile-session-other-hostile-session-other')}` },
  ]
  for (const outage of ['none', 'status-500', 'hang'] as const) {
    await issuer.outage(outage)
    for (const headers of ways) {
      await app.call(headers as Record<string, string>)
      await app.call(headers as Record<string, string>, '/public')
      const body = {
        first_name: secret('Typed'),
        profile_data: { phone: secret('+49 30 1234567'), [secret('typed-key')]: 1 },
      }
      await app.call(headers as Record<string, string>, profilePath, 'PUT', body)
    }
    if (outage === 'none') await app.app.auth0Users.health()
  }
  const broken = app.database.db.schema.alterTable('accounts_user')
  await broken.renameTo('elsewhere').execute()
  for (const headers of ways) await app.call(headers as Record<string, string>)

  t.ok(app.texts.length > 150, 'lines were written')
  const everything = app.texts.join('')
  for (const text of ['the mapping failed', 'userinfo.failed', 'profile.updated']) t.ok(everything.includes(text), text)
  t.strictSame(
    [...new Set(secrets)].filter(text => everything.includes(text) || everything.includes(encodeURIComponent(text))),
    [],
  )
})
