import t from 'tap'
import { compile } from '../contract/support/compile.ts'

t.test('names of permissions and models are checked where they are written', async t => {
  const found = compile('permission-names', {
    'types.ts': `
import type {} from 'fastify-auth0-users'
declare module 'fastify-auth0-users' {
  interface Auth0UsersTypes { permission: 'store.view_asset' | 'store.delete_asset' | 'digital_pr.digital_pr' | 'read:reports' }
}
export {}`,
    'right.ts': `
import type {} from './types.ts'
import type {} from 'fastify-auth0-users'
import type { FastifyInstance } from 'fastify'
export function a(app: FastifyInstance) {
  app.auth0Users.defaults(app, { anyPermission: ['digital_pr.digital_pr'], methods: ['jwt', 'token'] })
  app.get('/a', { config: { auth: { model: 'store.asset', check: request => request.auth?.can('store.view_asset') === true } } }, async () => 1)
  app.get('/b', { config: { auth: { permissions: ['read:reports', 'store.view_asset'] } } }, async () => 1)
  return app.auth0Users.apiTokens.create({ userId: 'x', name: 'y', scopes: ['store.view_asset', 'read:reports'] })
}`,
    'wrong.ts': `
import type {} from 'fastify-auth0-users'
import type { FastifyInstance } from 'fastify'
export function a(app: FastifyInstance) {
  app.auth0Users.defaults(app, { permissions: 'store.view_aset' })
  app.get('/a', { config: { auth: { model: 'store.aset' } } }, async () => 1)
  app.get('/b', { config: { auth: { methods: 'cookie' } } }, async () => 1)
  app.get('/c', { config: { auth: { profile: true } } }, async () => 1)
  app.get('/d', { config: { auth: { permissions: 'read:report' } } }, async () => 1)
  return app.auth0Users.apiTokens.create({ userId: 'x', name: 'y', scopes: ['store.edit'] })
}`,
  })
  t.strictSame(found['types.ts'], [])
  t.strictSame(found['right.ts'], [])
  t.equal(found['wrong.ts']?.length, 6, 'each mistake is one')
})

t.test('without widening every name may be written', async t => {
  const found = compile('permission-names-open', {
    'open.ts': `
import type {} from 'fastify-auth0-users'
import type { FastifyInstance } from 'fastify'
export const a = (app: FastifyInstance) =>
  app.get('/a', { config: { auth: { model: 'any.thing', permissions: 'a.b' } } }, async () => 1)`,
  })
  t.strictSame(found['open.ts'], [])
})
