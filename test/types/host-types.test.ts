import t from 'tap'
import { compile } from '../contract/support/compile.ts'

const head = `
import auth0Users, { type Auth0UsersTables, type User } from 'fastify-auth0-users'
import type { FastifyInstance } from 'fastify'
import type { Generated, Kysely } from 'kysely'
`
const options = "domain: 'tenant.eu.auth0.com', audience: 'https://api.example.com'"

t.test('the database of a host must have the tables of the plugin, and may have more', async t => {
  const found = compile('host-database', {
    'own.ts': `${head}
export const a = (app: FastifyInstance, db: Kysely<Auth0UsersTables>) => app.register(auth0Users, { ${options}, db })`,
    'wider.ts': `${head}
interface Wider extends Auth0UsersTables { asset: { id: Generated<string> } }
export const a = (app: FastifyInstance, db: Kysely<Wider>) => app.register(auth0Users, { ${options}, db })`,
    'pair.ts': `${head}
interface Wider extends Auth0UsersTables { asset: { id: Generated<string> } }
export const a = (app: FastifyInstance, primary: Kysely<Wider>, replica: Kysely<Wider>) =>
  app.register(auth0Users, { ${options}, db: { primary, replica } })`,
    'lacking.ts': `${head}
interface Lacking { asset: { id: Generated<string> } }
export const a = (app: FastifyInstance, db: Kysely<Lacking>) => app.register(auth0Users, { ${options}, db })`,
    'lacking-one.ts': `${head}
type LackingOne = Omit<Auth0UsersTables, 'accounts_audit'>
export const a = (app: FastifyInstance, db: Kysely<LackingOne>) => app.register(auth0Users, { ${options}, db })`,
    'no-kysely.ts': `${head}
export const a = (app: FastifyInstance) => app.register(auth0Users, { ${options}, db: {} })`,
  })
  t.strictSame(found['own.ts'], [])
  t.strictSame(found['wider.ts'], [])
  t.strictSame(found['pair.ts'], [])
  for (const name of ['lacking.ts', 'lacking-one.ts', 'no-kysely.ts']) t.ok(found[name]?.length, `${name} is refused`)
})

t.test('without widening, profiles are objects and permissions strings', async t => {
  const found = compile('narrow', {
    'plain.ts': `${head}
export function a(app: FastifyInstance) {
  app.get('/a', { config: { auth: { permissions: 'store.view_asset' } } }, async request => {
    const user: User = request.getUser()
    const phone: unknown = user.profile_data['phone']
    const allowed: boolean | undefined = request.auth?.can('any.thing')
    return { phone, allowed, method: request.auth?.method }
  })
  app.get('/b', { config: { auth: false } }, async () => 'public')
}`,
    'wrong.ts': `${head}
export function a(app: FastifyInstance) {
  app.get('/a', { config: { auth: { permissions: 5 } } }, async () => 'x')
}
export function b(user: User) {
  user.email = 'x'
}`,
  })
  t.strictSame(found['plain.ts'], [])
  t.match(found['wrong.ts'], [/5|number/, /email/], 'a wrong declaration and a write to a user are refused')
})

t.test("the host's types of profile, permission and database flow through", async t => {
  const found = compile('wide', {
    'types.ts': `${head}
export interface Database extends Auth0UsersTables { asset: { id: Generated<string>; name: string } }
declare module 'fastify-auth0-users' {
  interface Auth0UsersTypes {
    profile: { phone?: string; level?: number }
    permission: 'store.view_asset' | 'store.delete_asset'
    database: Database
  }
}`,
    'right.ts': `${head}
import type { Database } from './types.ts'
export function a(app: FastifyInstance, db: Kysely<Database>) {
  app.register(auth0Users, {
    ${options}, db, permissions: ['store.view_asset', 'store.delete_asset'],
    hooks: {
      afterCreate: async (user, { trx }) => {
        await trx.insertInto('asset').values({ name: user.username }).execute()
      },
    },
  })
  app.get('/a', { config: { auth: { permissions: ['store.view_asset'] } } }, async request => {
    const phone: string | undefined = request.getUser().profile_data.phone
    const level: number | undefined = request.auth?.user?.profile_data.level
    return { phone, level, can: request.auth?.can('store.delete_asset') }
  })
}`,
    'wrong.ts': `${head}
export function a(app: FastifyInstance) {
  app.get('/a', { config: { auth: { permissions: 'store.view_aset' } } }, async () => 'x')
  app.get('/b', async request => request.auth?.can('store.edit_asset'))
  app.get('/c', async request => request.getUser().profile_data.fax)
}`,
  })
  t.strictSame(found['types.ts'], [])
  t.strictSame(found['right.ts'], [])
  t.equal(found['wrong.ts']?.length, 3, 'misspelt permissions and fields are refused')
})

t.test('the directory of people has types of its own, and nothing of it is any', async t => {
  const found = compile('directory', {
    'right.ts': `${head}
import type { ListedUser, MergedUsers, MergeOrigin, TrxMergeContext, UserDirectory, UserIdentities, UserPage } from 'fastify-auth0-users'
type IsAny<T> = 0 extends 1 & T ? true : false
type NoneIsAny<T> = true extends { [K in keyof T]-?: IsAny<T[K]> }[keyof T] ? false : true
type Answers<T> = { [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? { args: A[number]; answer: R } : never }
type Flat<T> = { [K in keyof T as \`\${string & K}.args\`]: T[K] extends { args: infer A } ? A : never } &
  { [K in keyof T as \`\${string & K}.answer\`]: T[K] extends { answer: infer R } ? R : never }
type Service = FastifyInstance['auth0Users']['users']
export const checks: readonly true[] = [
  true satisfies NoneIsAny<Flat<Answers<Service>>>,
  true satisfies NoneIsAny<Flat<Answers<UserDirectory & UserIdentities>>>,
  true satisfies NoneIsAny<ListedUser>,
  true satisfies NoneIsAny<UserPage>,
  true satisfies NoneIsAny<UserPage['items'][number]>,
  true satisfies NoneIsAny<MergedUsers>,
  true satisfies NoneIsAny<MergeOrigin>,
  true satisfies NoneIsAny<TrxMergeContext>,
]
export async function a(app: FastifyInstance) {
  app.auth0Users.addHook('beforeMerge', async ({ from, into }, { trx, actor }) => {
    await trx.updateTable('accounts_consent').set({ user_id: into.id }).where('user_id', '=', from.id).execute()
    const by: string | null = actor.actorId
    return void by
  })
  const page = await app.auth0Users.users.search({ text: 'ann', limit: 5, replica: true })
  const seen: string | null | undefined = page.items[0]?.last_seen_at
  return { seen, next: page.next }
}`,
    'wrong.ts': `${head}
export const a = (app: FastifyInstance) => app.auth0Users.users.search({ txt: 'ann' })
export const b = (app: FastifyInstance) => app.auth0Users.users.deactivate('id')
export const c = (app: FastifyInstance) => app.auth0Users.users.find(5)`,
  })
  t.strictSame(found['right.ts'], [])
  t.equal(found['wrong.ts']?.length, 3, 'wrong names, missing actors and wrong ids are refused')
})
