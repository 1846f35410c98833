import { Type } from '@sinclair/typebox'
import t from 'tap'
import { auditValueHash } from '#plugin/index.js'
import type { TestDatabase } from '../../helpers/postgres.ts'
import { accountApp } from '../profile/account.ts'

const key = 'a key of the tests, 32 characters+'
const audit = { values: 'hashes', key } as const

const Profile = Type.Object(
  {
    phone: Type.Optional(Type.String({ consent: 'contact' })),
    address: Type.Optional(Type.Object({ city: Type.String(), street: Type.String() })),
    title: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
const profile = { schema: Profile }

async function trail({ db }: TestDatabase, action: string, userId: string) {
  const query = db.selectFrom('accounts_audit').select(['fields', 'detail']).orderBy('id')
  // biome-ignore lint/suspicious/noExplicitAny: details are compared, not trusted
  return (await query.where('action', '=', action).where('user_id', '=', userId).execute()) as any[]
}

async function everything({ db }: TestDatabase): Promise<string> {
  return JSON.stringify(await db.selectFrom('accounts_audit').selectAll().execute())
}

t.test('profile writes leave keyed hashes of what was and what is, never the values', async t => {
  const { person, database, app } = await accountApp(t, { profile, privacy: { audit } })
  const [ann, bob] = [await person('auth0|ann'), await person('auth0|bob')]
  const id = (await ann.get()).body.id
  const other = (await bob.get()).body.id
  const before = (await ann.get()).body
  const hash = (field: string, value: unknown) => auditValueHash(key, id, field, value)
  const address = { street: 'Long Way', city: 'Kuwaitville' }
  const first = { first_name: 'Annabella', profile_data: { title: 'Astronomer', address } }
  t.equal((await ann.send('PUT', first)).status, 200)
  t.equal((await bob.send('PUT', first)).status, 200)
  t.equal((await ann.send('PATCH', { profile_data: { title: 'Engineer', address: null } })).status, 200)
  t.equal((await ann.send('PUT', { profile_data: { title: 'Astronomer' } })).status, 200)
  t.equal((await ann.send('PATCH', { first_name: null })).status, 200)

  const rows = await trail(database, 'profile.updated', id)
  const [created, patched, again, emptied] = rows.map(({ detail }) => detail)
  t.equal(rows.length, 4)
  for (const { fields, detail } of rows) {
    for (const side of [detail.before, detail.after]) t.strictSame(Object.keys(side).sort(), [...fields].sort())
    t.ok('schema' in detail, 'what was there before is there still')
  }
  t.match(created, {
    before: {
      first_name: before.first_name === '' ? null : hash('first_name', before.first_name),
      'profile_data.title': null,
      'profile_data.address': null,
    },
    after: {
      first_name: hash('first_name', 'Annabella'),
      'profile_data.title': hash('profile_data.title', 'Astronomer'),
      'profile_data.address': hash('profile_data.address', { city: 'Kuwaitville', street: 'Long Way' }),
    },
  })
  t.match(patched, {
    before: {
      'profile_data.title': created.after['profile_data.title'],
      'profile_data.address': created.after['profile_data.address'],
    },
    after: { 'profile_data.address': null },
  })
  t.equal(again.after['profile_data.title'], created.after['profile_data.title'], 'the same value, the same hash')
  t.not(patched.after['profile_data.title'], created.after['profile_data.title'])
  t.strictSame([emptied.before, emptied.after], [{ first_name: created.after.first_name }, { first_name: null }])

  const [others] = await trail(database, 'profile.updated', other)
  t.strictSame(others.fields, rows[0].fields)
  const mine = new Set<unknown>(
    rows.flatMap(({ detail }) => Object.values(detail.after)).filter(value => value !== null),
  )
  const theirs = Object.values<unknown>(others.detail.after)
  t.ok(mine.size >= 4 && theirs.length >= 3)
  t.notOk(
    theirs.some(value => mine.has(value)),
    'equal values of two people are not linked',
  )
  t.notMatch(await everything(database), /Annabella|Astronomer|Engineer|Kuwaitville|Long Way/)
  t.notOk((await everything(database)).includes(key))
  for (const user of [id, other]) t.match(await app.auth0Users.audit.verify(user), { ok: true })

  const exported = (await ann.get('export/')).body.activity
  t.strictSame(
    exported.find((entry: { fields: string[] }) => entry.fields.length === 1 && entry.fields[0] === 'first_name')
      .detail,
    emptied,
  )
  t.strictSame((await ann.get('activity/')).body.items[0].detail, emptied)

  t.equal((await ann.send('DELETE', undefined)).status, 204)
  const [erased] = await trail(database, 'profile.erased', id)
  t.ok(erased.fields.length > 0)
  t.strictSame(erased.detail, {}, 'an erasure records no hashes')
  t.match(await app.auth0Users.audit.verify(id), { ok: true })
})

t.test('a withdrawn consent leaves the hashes of what it removed', async t => {
  const { person, database, app } = await accountApp(t, { profile, privacy: { audit } })
  const ann = await person('auth0|ann')
  const { id } = (await ann.get()).body
  const decide = (granted: boolean) => ann.send('PUT', { purpose: 'contact', version: '1', granted }, {}, 'consents/')
  await decide(true)
  await ann.send('PUT', { profile_data: { phone: '+965 1234 5678', title: 'Chemist' } })
  t.equal((await decide(false)).status, 200)
  const field = 'profile_data.phone'
  const [withdrawn] = await trail(database, 'consent.withdrawn', id)
  t.strictSame(withdrawn, {
    fields: [field],
    detail: {
      purpose: 'contact',
      version: '1',
      before: { [field]: auditValueHash(key, id, field, '+965 1234 5678') },
      after: { [field]: null },
    },
  })
  const [granted] = await trail(database, 'consent.granted', id)
  t.strictSame(granted.detail, { purpose: 'contact', version: '1' })
  await decide(true)
  await decide(false)
  const [, empty] = await trail(database, 'consent.withdrawn', id)
  t.strictSame(empty.detail, { purpose: 'contact', version: '1' }, 'nothing was removed')
  t.notMatch(await everything(database), /1234 5678|Chemist/)
  t.match(await app.auth0Users.audit.verify(id), { ok: true })
})

t.test('a change from a token leaves hashes of what it overwrote', async t => {
  const { person, database, app } = await accountApp(t, { profile, privacy: { audit } })
  const told = { email: 'ann@old.test', email_verified: false, given_name: 'Annegret' }
  const { id } = (await (await person('auth0|ann', told)).get()).body
  const changed = { email: 'ann@new.test', email_verified: true, given_name: 'Annelore', family_name: 'Quick' }
  await (await person('auth0|ann', changed)).get()
  const [{ fields, detail }] = await trail(database, 'user.updated', id)
  const hash = (field: string, value: unknown) => auditValueHash(key, id, field, value)
  t.strictSame([...fields].sort(), ['email', 'email_verified', 'first_name', 'last_name'])
  t.match(detail.before, {
    email: hash('email', 'ann@old.test'),
    email_verified: hash('email_verified', false),
    first_name: hash('first_name', 'Annegret'),
  })
  t.strictSame(detail.after, {
    email: hash('email', 'ann@new.test'),
    email_verified: hash('email_verified', true),
    first_name: hash('first_name', 'Annelore'),
    last_name: hash('last_name', 'Quick'),
  })
  t.notMatch(await everything(database), /@old|@new|Annegret|Annelore|Quick/)
  t.match(await app.auth0Users.audit.verify(id), { ok: true })
})

t.test('without the option the trail holds names only', async t => {
  const { person, database } = await accountApp(t, { profile })
  const { id } = (await (await person('auth0|ann')).get()).body
  const ann = await person('auth0|ann', { given_name: 'Annelore' })
  await ann.send('PUT', { profile_data: { title: 'Astronomer' } })
  const [updated] = await trail(database, 'user.updated', id)
  t.strictSame(updated, { fields: ['first_name'], detail: {} })
  const [written] = await trail(database, 'profile.updated', id)
  t.strictSame(Object.keys(written.detail), ['schema'])
})
