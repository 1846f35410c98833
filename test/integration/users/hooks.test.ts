import { sql } from 'kysely'
import t from 'tap'
import type { Auth0UsersOptions, ChangedUser, User } from '#plugin/index.js'
import { build } from '../../helpers/app.ts'

const ann = { sub: 'auth0|ann', email: 'ann@x.test', given_name: 'Ann' }

async function people(t: Parameters<typeof build>[0], hooks: NonNullable<Auth0UsersOptions['hooks']>) {
  const built = await build(t, {
    plugin: { hooks, cache: { ttl: 0 } },
    routes: app => app.get('/me', r => r.getUser()),
  })
  await sql`create table job (name text)`.execute(built.database.db)
  const me = async (claims = {}) =>
    built.app.inject({ url: '/me', headers: { authorization: await built.bearer({ ...ann, ...claims }) } })
  const count = async (table: string) => {
    const { rows } = await sql<{ n: number }>`select count(*)::int n from ${sql.table(table)}`.execute(
      built.database.db,
    )
    return rows[0]?.n
  }
  return { ...built, me, count }
}

t.test('a hook inside the transaction writes atomically with the person', async t => {
  const { me, count } = await people(t, {
    afterCreate: async (user, { trx }) => void (await sql`insert into job values (${user.id})`.execute(trx)),
  })
  t.equal((await me()).statusCode, 200)
  t.equal(await count('job'), 1)
})

t.test('a hook that throws inside the transaction leaves no row, and the next request tries again', async t => {
  let broken = true
  const { me, count } = await people(t, {
    afterCreate: [
      async (_user, { trx }) => void (await sql`insert into job values ('welcome')`.execute(trx)),
      () => {
        if (broken) throw new Error('mail server is down')
      },
    ],
  })
  const failed = await me()
  t.match(failed.json(), { statusCode: 500, code: 'A0U_HOOK_FAILED' })
  t.notMatch(failed.body, /mail server/)
  t.strictSame(await Promise.all(['accounts_user', 'accounts_audit', 'job'].map(count)), [0, 0, 0])
  broken = false
  t.equal((await me()).statusCode, 200)
  t.strictSame(await Promise.all(['accounts_user', 'accounts_audit', 'job'].map(count)), [1, 1, 1])
})

t.test('a hook refuses somebody by throwing a 4xx error of its own', async t => {
  const { me, count } = await people(t, {
    beforeCreate: draft => {
      if (!draft.email?.endsWith('@acme.test')) throw Object.assign(new Error('Only Acme'), { statusCode: 403 })
    },
  })
  t.match((await me()).json(), { statusCode: 403, message: 'Only Acme' })
  t.equal(await count('accounts_user'), 0)
  t.equal((await me({ email: 'ann@acme.test' })).statusCode, 200)
})

t.test('beforeCreate may change the draft', async t => {
  const { me } = await people(t, {
    beforeCreate: draft => {
      draft.first_name = draft.first_name.toUpperCase()
      draft.profile_data = { source: 'import' }
    },
  })
  t.match((await me()).json(), { first_name: 'ANN', profile_data: { source: 'import' } })
  t.match((await me({ iat: Math.floor(Date.now() / 1000) })).json(), { first_name: 'ANN' }, 'and no token undoes it')
})

t.test('update hooks see the person and the changes, before and after', async t => {
  const seen: [string, string, ChangedUser['changes']][] = []
  const note = (name: string) => (change: ChangedUser) => void seen.push([name, change.user.first_name, change.changes])
  const { me } = await people(t, { beforeUpdate: note('before'), afterUpdate: note('after'), onUpdated: note('on') })
  await me()
  t.strictSame(seen, [])
  await me({ given_name: 'Anna' })
  const changes = { first_name: 'Anna' }
  t.strictSame(seen, [
    ['before', 'Ann', changes],
    ['after', 'Anna', changes],
    ['on', 'Anna', changes],
  ])
})

t.test('a hook after the commit does not block the answer, and closing waits for it', async t => {
  const order: string[] = []
  let open = () => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const { me, app } = await people(t, {
    onCreated: async (user: User) => {
      await gate
      order.push(`heard of ${user.username}`)
    },
  })
  t.equal((await me()).statusCode, 200)
  order.push('answered')
  open()
  await app.close()
  t.strictSame(order, ['answered', 'heard of auth0.ann'])
})

t.test('a hook that fails after the commit undoes nothing', async t => {
  const { me, count } = await people(t, { onCreated: () => Promise.reject(new Error('analytics are down')) })
  t.equal((await me()).statusCode, 200)
  t.equal(await count('accounts_user'), 1)
})

t.test('hooks of one name run in order, those added later behind', async t => {
  const order: string[] = []
  const { me, app } = await people(t, { afterCreate: [() => void order.push('one'), () => void order.push('two')] })
  app.auth0Users.addHook('afterCreate', () => void order.push('three'))
  await me()
  t.strictSame(order, ['one', 'two', 'three'])
})

t.test('the host hears of every sign-in and of every refusal', async t => {
  const heard: string[] = []
  const { me, app } = await people(t, {
    onAuthenticated: auth => void heard.push(`in ${auth.subject}`),
    onFailure: (error, request) => void heard.push(`out ${(error as { code: string }).code} ${request.method}`),
  })
  await me()
  await app.inject('/me')
  t.strictSame(heard, ['in auth0|ann', 'out A0U_CREDENTIALS_MISSING GET'])
})

t.test('a refusal of one token is not the answer to another token of the same person', async t => {
  const entered = gate()
  const refusing = gate()
  const { app, bearer } = await people(t, {
    beforeCreate: async draft => {
      if (draft.first_name !== 'Refused') return
      entered.open()
      await refusing.opened
      throw Object.assign(new Error('Not you'), { statusCode: 403 })
    },
  })
  const get = async (given_name: string) => {
    const headers = { authorization: await bearer({ ...ann, given_name }) }
    return app.inject({ url: '/me', headers })
  }
  const refused = get('Refused')
  // The second token comes while the first one's hook decides; had it created the person before, there were no hook.
  await entered.opened
  const accepted = get('Accepted')
  refusing.open()
  t.strictSame([(await refused).statusCode, (await accepted).statusCode], [403, 200])
})

/** Something one waits for until another opens it. */
function gate() {
  let open!: () => void
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}
