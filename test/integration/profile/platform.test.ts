import { Type } from '@sinclair/typebox'
import t from 'tap'
import { accountApp } from './account.ts'

t.test("a platform's account changes its profile, and deletes nothing of it by any method", async t => {
  const phone = Type.Optional(Type.String({ consent: 'contact' }))
  const schema = Type.Object({ title: Type.Optional(Type.String()), phone }, { additionalProperties: false })
  const app = await accountApp(t, { profile: { schema } })
  const someone = await app.person('auth0|platform')
  await someone.send('PUT', { purpose: 'contact', version: '1', granted: true }, {}, 'consents/')
  await someone.send('PUT', { first_name: 'Ann', profile_data: { title: 'Dr', phone: '+4915112345678' } })
  const { db } = app.database
  await db.updateTable('accounts_user').set({ is_platform: true }).execute()
  const before = (await someone.get()).body
  const refused = { status: 403, body: { code: 'A0U_PLATFORM_DELETE' } }
  t.match(await someone.send('PATCH', { profile_data: null }), refused)
  t.match(await someone.send('PATCH', { profile_data: { title: null } }), refused)
  t.match(await someone.send('PATCH', { first_name: null }), refused)
  t.match(await someone.send('PUT', { first_name: '' }), refused)
  t.match(await someone.send('PUT', { purpose: 'contact', version: '1', granted: false }, {}, 'consents/'), refused)
  t.match(await someone.send('DELETE', undefined), refused)
  t.strictSame((await someone.get()).body.profile_data, before.profile_data)
  t.match(await someone.send('PATCH', { profile_data: { title: 'Prof' } }), { status: 200 })
})
