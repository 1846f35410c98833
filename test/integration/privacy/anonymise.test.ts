import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Fate } from '#plugin/privacy/modules.js'
import { privacyParts } from '#plugin/wiring/privacy.js'
import type { TestDatabase } from '../../helpers/postgres.ts'
import { type AccountApp, accountApp, type Person } from '../profile/account.ts'

const staff = { actorId: randomUUID(), method: 'session', requestId: 'staff-request' }

/** What only this person's rows hold. */
const personal = [
  'auth0|secret-sub',
  'github|secret-link',
  'secret@example.com',
  'Secretfirst',
  'Secretlast',
  'Secrettitle',
]

/** A person with a row in every part, and the host's own table about them. */
async function fullPerson(app: AccountApp): Promise<{ someone: Person; id: string }> {
  const { db } = app.database
  await sql`update accounts_outbox_state set enabled = true`.execute(db)
  await sql`insert into accounts_outbox_subscription (name) values ('crm') on conflict do nothing`.execute(db)
  const someone = await app.person('auth0|secret-sub', {
    ...{ email: 'secret@example.com', given_name: 'Secretfirst', family_name: 'Secretlast' },
  })
  const { id } = (await someone.get()).body
  await someone.send('PUT', {
    first_name: 'Secretfirst',
    last_name: 'Secretlast',
    profile_data: { title: 'Secrettitle' },
  })
  await someone.send('PUT', { purpose: 'contact', version: '1', granted: true }, {}, 'consents/')
  await db.insertInto('accounts_identity').values({ auth0_id: 'github|secret-link', user_id: id }).execute()
  const group = await db.insertInto('accounts_group').values({ name: 'all' }).returning('id').executeTakeFirstOrThrow()
  await db.insertInto('accounts_user_group').values({ user_id: id, group_id: group.id }).execute()
  await db.insertInto('accounts_user_permission').values({ user_id: id, permission: 'a.view_b' }).execute()
  const hash = Buffer.alloc(32, id)
  await db.insertInto('accounts_api_token').values({ user_id: id, name: 'Secrettitle', hash }).execute()
  const session = { user_id: id, hash, last_seen_at: new Date(), expires_at: new Date(), created_at: new Date() }
  await db.insertInto('accounts_session').values(session).execute()
  await sql`
    insert into accounts_outbox_blocked (subscription, user_id, shard, transaction_id, entry_id, attempts, next_at)
    values ('crm', ${id}, 0, '1', 1, 1, now())`.execute(db)
  await sql`create table if not exists host_order (user_id uuid, address text)`.execute(db)
  await sql`insert into host_order values (${id}, 'Secrettitle 7')`.execute(db)
  return { someone, id }
}

const privacy = {
  erase: {
    orders: async (trx: unknown, userId: string, extent: string) =>
      extent === 'person' && (await sql`delete from host_order where user_id = ${userId}`.execute(trx as never)),
  },
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '' || value === false) return true
  return typeof value === 'object' && !(value instanceof Date) && Object.keys(value).length === 0
}

/** Every row of every table, as text. */
async function dump({ db }: TestDatabase): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`.execute(db)
  const texts = await Promise.all(
    rows.map(async ({ name }) => {
      const content = await sql<{ text: string | null }>`
        select string_agg(r::text, chr(10)) as text from ${sql.raw(name)} r`.execute(db)
      return `${name}\n${content.rows[0]?.text ?? ''}`
    }),
  )
  return texts.join('\n')
}

t.test(
  'anonymising leaves nothing of the person in any table, and everything that refers to the row whole',
  async t => {
    const app = await accountApp(t, { privacy })
    const { app: fastify, database } = app
    const { someone, id } = await fullPerson(app)
    const bystander = await app.person('auth0|2', { email: 'b@example.com' })
    const other = (await bystander.get()).body
    const before = await dump(database)
    for (const value of personal) t.ok(before.includes(value), `${value} was there`)

    t.equal(await fastify.auth0Users.privacy.anonymise(id, staff), 'anonymised')
    const after = await dump(database)
    for (const value of personal) t.notOk(after.includes(value), `${value} is gone`)

    const row = await database.db.selectFrom('accounts_user').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    t.match(row, {
      ...{ auth0_id: `erased|${id}`, username: `erased.${id}`, email: null, email_verified: false },
      ...{ first_name: '', last_name: '', is_active: false, is_staff: false, anonymised_at: Date },
    })
    const told = Object.entries(row)
      .filter(([, value]) => !isEmpty(value))
      .map(([column]) => column)
    const needed = ['id', 'auth0_id', 'username', 'claims_issued_at', 'tokens_valid_after', 'anonymised_at']
    t.strictSame(told.sort(), [...needed, 'created_at', 'updated_at'].sort(), 'no other column says anything')
    const consents = await database.db.selectFrom('accounts_consent').selectAll().orderBy('id').execute()
    t.match(consents, [
      { purpose: 'contact', granted: true, method: null, request_id: null },
      { granted: false, method: null, request_id: null },
    ])
    const last = await database.db
      .selectFrom('accounts_audit')
      .select(['action', 'actor_id', 'method'])
      .where('user_id', '=', id)
      .orderBy('id', 'desc')
      .executeTakeFirst()
    t.strictSame(last, { action: 'user.anonymised', actor_id: staff.actorId, method: 'session' })
    t.match(await fastify.auth0Users.audit.verify(id), { ok: true })
    t.strictSame((await bystander.get()).body, other, 'nobody else is touched')

    t.match(await someone.get(), { status: 403, body: { code: 'A0U_USER_ERASED' } }, 'the token is still valid')
    const written = await dump(database)
    t.equal(await fastify.auth0Users.privacy.anonymise(id, staff), 'already')
    t.equal(await fastify.auth0Users.privacy.anonymise(randomUUID(), staff), 'unknown')
    t.equal(await dump(database), written, 'a second run writes nothing')
  },
)

t.test('no identity of an erased person comes back, alone or among others, until it is readmitted', async t => {
  for (const hooks of [{}, { beforeCreate: () => {} }]) {
    const app = await accountApp(t, { privacy, plugin: { hooks } })
    const { id } = await fullPerson(app)
    t.equal(await app.app.auth0Users.privacy.anonymise(id), 'anonymised')
    const subjects = ['auth0|secret-sub', 'github|secret-link', 'auth0|new1', 'auth0|new2', `erased|${id}`]
    const people = await Promise.all(subjects.map(sub => app.person(sub)))
    const answers = await Promise.all(people.map(person => person.get()))
    t.strictSame(
      answers.map(({ status }) => status),
      [403, 403, 200, 200, 403],
    )
    t.strictSame(
      answers.map(({ body }) => body.code),
      ['A0U_USER_ERASED', 'A0U_USER_ERASED', undefined, undefined, 'A0U_USER_INACTIVE'],
    )
    const { n } = await app.database.db
      .selectFrom('accounts_user')
      .select(sql<number>`count(*)::int`.as('n'))
      .executeTakeFirstOrThrow()
    t.equal(n, 3)

    t.equal(await app.app.auth0Users.privacy.readmit('auth0|secret-sub', staff), true)
    t.equal(await app.app.auth0Users.privacy.readmit('auth0|secret-sub', staff), false)
    const back = await (await app.person('auth0|secret-sub')).get()
    t.equal(back.status, 200)
    t.not(back.body.id, id, 'as a new person')
    t.match(await app.app.auth0Users.audit.verify(id), { ok: true })
  }
})

t.test('a request that races with the anonymisation does not bring the person back', async t => {
  const app = await accountApp(t, { plugin: { cache: { ttl: 0 } } })
  for (let round = 0; round < 15; round++) {
    const someone = await app.person(`auth0|${round}`)
    const { id } = (await someone.get()).body
    const [result, ...answers] = await Promise.all([
      app.app.auth0Users.privacy.anonymise(id),
      ...Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? someone.get() : someone.send('PUT', { first_name: 'x' }))),
    ])
    t.equal(result, 'anonymised')
    t.ok(
      answers.every(({ status }) => status === 200 || status === 403),
      answers.map(({ status }) => status).join(),
    )
    t.match(await someone.get(), { status: 403, body: { code: 'A0U_USER_ERASED' } })
  }
  const rows = await app.database.db.selectFrom('accounts_user').select(['first_name', 'is_active']).execute()
  t.strictSame(new Set(rows.map(row => `${row.first_name}${row.is_active}`)), new Set(['false']))
})

t.test("a failure of the host's part anonymises nothing", async t => {
  const failing = { erase: { orders: () => Promise.reject(new Error('secret')) } }
  const app = await accountApp(t, { privacy: failing })
  const { someone, id } = await fullPerson(app)
  const before = await dump(app.database)
  await t.rejects(app.app.auth0Users.privacy.anonymise(id), { code: 'A0U_HOOK_FAILED' })
  t.equal(await dump(app.database), before)
  t.equal((await someone.get()).status, 200)
})

/** Tables of the plugin that refer to a person: by a column of that name, or by a foreign key. */
async function tablesWithPeople({ db }: TestDatabase): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relkind in ('r', 'p', 'v', 'm') and a.attname in ('user_id', 'actor_id', 'auth0_id')
        and not a.attisdropped and not c.relispartition and c.relname like 'accounts\\_%'
        and c.relname not in ('accounts_organization', 'accounts_organization_end')
    union
    select conrelid::regclass::text from pg_constraint where contype = 'f' and confrelid = 'accounts_user'::regclass
  `.execute(db)
  return rows.map(row => row.name)
}

t.test('every table with a reference to a person has a part in the export and a fate in the erasure', async t => {
  const { database } = await accountApp(t)
  const tables = await tablesWithPeople(database)
  t.ok(tables.length >= 8)
  const covered = fates()
  t.strictSame(
    tables.filter(name => !covered.has(name)),
    [],
    'add the table to a part of privacyParts',
  )
})

function fates(): Map<string, Fate> {
  return new Map(Object.values(privacyParts).flatMap(part => Object.entries(part.tables)))
}

t.test('the fates are true: what is to be deleted is deleted', async t => {
  const app = await accountApp(t, { privacy })
  const { id } = await fullPerson(app)
  await fillOrganization(app.database, id)
  await expectContent(t, app.database, id)
  await app.app.auth0Users.privacy.anonymise(id)
  for (const [table, fate] of fates()) {
    if (table === 'accounts_user') continue
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.table(table)} where ${sql.ref(columnOf(table))} = ${id}`.execute(
      app.database.db,
    )
    t.equal((rows[0]?.n ?? 0) > 0, fate !== 'deleted', `${table}: ${fate}`)
  }
})

/** The column that refers to the user. */
function columnOf(table: string): string {
  return table === 'accounts_invitation' ? 'accepted_by' : 'user_id'
}

/** A membership with a grant, one that ended, and an invitation that was accepted. */
async function fillOrganization({ db }: TestDatabase, id: string): Promise<void> {
  for (const name of ['acme', 'globex']) {
    const organization = await db
      .insertInto('accounts_organization')
      .values({ name })
      .returning('id as organization_id')
      .executeTakeFirstOrThrow()
    const key = { ...organization, user_id: id }
    await db.insertInto('accounts_membership').values(key).execute()
    if (name === 'globex') await db.deleteFrom('accounts_membership').where('user_id', '=', id).execute()
    else await db.insertInto('accounts_invitation').values(invitation(key)).execute()
  }
  const [{ id: acme } = { id: '' }] = await db.selectFrom('accounts_organization').select('id').execute()
  const key = { organization_id: acme, user_id: id }
  await db.insertInto('accounts_membership').values(key).execute()
  await db
    .insertInto('accounts_membership_permission')
    .values({ ...key, permission: 'project.view_project' })
    .execute()
}

function invitation({ organization_id, user_id }: { organization_id: string; user_id: string }) {
  const token_hash = createHash('sha256').update(organization_id).digest()
  const times = { accepted_at: new Date(), expires_at: new Date() }
  return { organization_id, token_hash, email: 'someone@else.example', accepted_by: user_id, ...times }
}

/** Every table whose rows are to be deleted holds one, so that its being gone means something. */
async function expectContent(t: Test, { db }: TestDatabase, id: string): Promise<void> {
  for (const [table, fate] of fates()) {
    if (fate !== 'deleted') continue
    const { rows } = await sql`select from ${sql.table(table)} where ${sql.ref(columnOf(table))} = ${id}`.execute(db)
    t.ok(rows.length > 0, `${table} holds something to delete`)
  }
}
