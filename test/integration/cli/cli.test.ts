import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { build, localIssuer } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'
import { command, type Outcome } from './command.ts'

const statuses = ({ json }: Outcome): Record<string, string> =>
  Object.fromEntries(json.checks.map((check: { name: string; status: string }) => [check.name, check.status]))

t.test('migrate brings the tables, once, and where it is told', async t => {
  const { url: DATABASE_URL, pool } = await testDatabase(t, { empty: true })
  const env = { DATABASE_URL }
  const first = await command(['migrate', '--json'], { env })
  t.match(first, { code: 0, json: { command: 'migrate', ok: true, ran: ['accounts_0001_users'] }, stderr: '' })
  t.match(await command(['migrate'], { env }), { code: 0, stdout: 'nothing to do\n' })
  await pool.query('create schema elsewhere')
  const other = ['--schema', 'elsewhere', '--prefix', 'people_', '--json']
  t.match(await command(['migrate', ...other], { env }), { code: 0, json: { ran: first.json.ran } })
  t.equal((await pool.query('select from elsewhere.people_user')).rowCount, 0)
  t.match(await command(['create-superuser', 'auth0|there', ...other], { env }), { code: 0 })
  t.equal((await pool.query('select from elsewhere.people_user')).rowCount, 1)
  const issuer = await localIssuer(t)
  const doctor = await command(['doctor', ...other], {
    env: { ...env, AUTH_DOMAIN: issuer.domain, AUTH_AUDIENCE: 'x' },
  })
  t.match(doctor, { code: 0, json: { ok: true } })
})

t.test('grant, revoke and create-superuser do what the app then sees', async t => {
  const { app, database, issuer } = await build(t, {
    plugin: { permissions: ['store.view_asset'], cache: { ttl: 0 } },
    routes: app => app.get('/assets', { config: { auth: { permissions: 'store.view_asset' } } }, async () => 'all'),
  })
  const env = { DATABASE_URL: database.url }
  const authorization = `Bearer ${await issuer.token({ sub: 'auth0|ada', email: 'ada@example.test', email_verified: true })}`
  const get = async () => (await app.inject({ url: '/assets', headers: { authorization } })).statusCode
  t.equal(await get(), 403)
  const granted = await command(['grant', 'Ada@Example.test', 'store.view_asset', '--json'], { env })
  t.match(granted, {
    code: 0,
    json: { ok: true, changed: true, auth0_id: 'auth0|ada', permission: 'store.view_asset' },
  })
  t.equal(await get(), 200)
  t.match(await command(['grant', granted.json.user_id, 'store.view_asset', '--json'], { env }), {
    json: { changed: false },
  })
  t.match(await command(['revoke', 'auth0|ada', 'store.view_asset'], { env }), {
    code: 0,
    stdout: /was taken from auth0\|ada/,
  })
  t.equal(await get(), 403)
  t.match(await command(['create-superuser', 'ada@example.test', '--json'], { env }), {
    code: 0,
    json: { created: false, changed: ['is_staff', 'is_superuser'] },
  })
  t.equal(await get(), 200)
  t.match(await command(['create-superuser', 'auth0|ada'], { env }), { code: 0, stdout: /already/ })

  const early = await command(['create-superuser', 'auth0|grace', '--json'], { env })
  t.match(early, { code: 0, json: { created: true } })
  const grace = `Bearer ${await issuer.token({ sub: 'auth0|grace' })}`
  t.equal(
    (await app.inject({ url: '/assets', headers: { authorization: grace } })).statusCode,
    200,
    'the first sign-in finds the row',
  )
  const trail = await database.db
    .selectFrom('accounts_audit')
    .select('action')
    .where('user_id', '=', granted.json.user_id)
    .where('actor_id', 'is', null)
    .orderBy('id')
    .execute()
  t.strictSame(
    trail.map(row => row.action),
    ['permission.granted', 'permission.revoked', 'user.updated'],
  )

  await database.db
    .insertInto('accounts_user')
    .values({ auth0_id: 'auth0|eve', username: 'eve', email: 'boss@example.test' })
    .execute()
  t.match(await command(['create-superuser', 'boss@example.test'], { env }), {
    code: 1,
    stdout: '',
    stderr: /not verified/,
  })
  t.match(await command(['create-superuser', 'new@example.test'], { env }), { code: 1, stderr: /sign in once/ })
  t.match(await command(['grant', 'auth0|nobody', 'store.view_asset', '--json'], { env }), {
    code: 1,
    json: { command: 'grant', ok: false, error: { message: /no such person/ } },
  })
  const folder = mkdtempSync(join(tmpdir(), 'a0u-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const catalogue = join(folder, 'permissions.json')
  writeFileSync(catalogue, '["store.view_asset"]')
  t.match(await command(['grant', 'auth0|ada', 'store.unknown', '--catalogue', catalogue], { env }), {
    code: 1,
    stderr: /catalogue/,
  })
  t.match(await command(['grant', 'auth0|ada', 'accounts.view_user', '--catalogue', catalogue], { env }), { code: 0 })
})

t.test('an API token is shown once, works, is listed without its secret and revoked', async t => {
  const { app, database } = await build(t, {
    plugin: { methods: { token: true }, permissions: ['store.view_asset'], cache: { ttl: 0 } },
    routes: app => app.get('/me', request => ({ id: request.getUser().id })),
  })
  const env = { DATABASE_URL: database.url }
  await command(['create-superuser', 'auth0|ada'], { env })
  const made = await command(
    ['token', 'create', 'auth0|ada', '--name', 'nightly', '--days', '30', '--scope', 'store.view_asset', '--json'],
    { env },
  )
  t.match(made, {
    code: 0,
    json: { ok: true, token: { name: 'nightly', scopes: ['store.view_asset'], expires_at: /Z$/ }, text: /^a0u_/ },
  })
  const headers = { authorization: `Token ${made.json.text}` }
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
  const listed = await command(['token', 'list', 'auth0|ada', '--json'], { env })
  t.match(listed, { code: 0, json: { tokens: [{ id: made.json.token.id, name: 'nightly' }] } })
  t.notMatch(listed.stdout, made.json.text)
  t.match(await command(['token', 'revoke', made.json.token.id], { env }), { code: 0 })
  t.match(await command(['token', 'revoke', made.json.token.id, '--json'], { env }), {
    code: 1,
    json: { error: { code: 'A0U_CREDENTIAL_UNKNOWN' } },
  })
  t.match(await command(['token', 'list', 'auth0|ada'], { env }), { code: 0, stdout: /revoked/ })
})

t.test('doctor finds nothing wrong where nothing is, and says what to do where something is', async t => {
  const { url: DATABASE_URL, pool } = await testDatabase(t)
  const issuer = await localIssuer(t)
  const env = { DATABASE_URL, AUTH_DOMAIN: issuer.domain, AUTH_AUDIENCE: 'https://api.example.test' }
  const healthy = await command(['doctor', '--json'], { env })
  t.equal(healthy.code, 0, healthy.stdout)
  t.strictSame(
    statuses(healthy),
    Object.fromEntries(
      [
        'issuer',
        'discovery',
        'clock',
        'keys',
        'audience',
        'database',
        'tables',
        'migrations',
        'indexes',
        'triggers',
        'row security',
      ].map(name => [name, 'ok']),
    ),
  )

  await pool.query('drop index accounts_user_group_group_id')
  await pool.query('drop table accounts_consent')
  await pool.query('alter table accounts_audit disable trigger accounts_audit_append_only')
  await pool.query("delete from accounts_migration where name = 'accounts_0005_consents'")
  await issuer.outage('status-500')
  const ill = await command(['doctor', '--json'], { env: { ...env, AUTH_AUDIENCE: '' } })
  t.match(ill, { code: 1, stderr: '', json: { ok: false } })
  t.match(statuses(ill), {
    ...{ issuer: 'ok', discovery: 'failed', keys: 'failed', audience: 'failed', database: 'ok', tables: 'failed' },
    ...{ migrations: 'failed', indexes: 'failed', triggers: 'failed' },
  })
  for (const check of ill.json.checks)
    t.equal(typeof check.remedy, check.status === 'failed' ? 'string' : 'undefined', check.name)
  t.match(ill.stdout, /accounts_user_group_group_id/)
  t.match(ill.stdout, /accounts_consent/)
  await issuer.outage('none')

  const password = 'a-secret-nobody-sees'
  const broken: [string, Record<string, string | undefined>, string, RegExp][] = [
    ['no issuer', { AUTH_DOMAIN: undefined }, 'issuer', /not set/],
    ['a domain with a path', { AUTH_DOMAIN: 'https://x.example/path' }, 'issuer', /host name/],
    ['an issuer that is not there', { AUTH_DOMAIN: 'http://127.0.0.1:1' }, 'discovery', /cannot be reached/],
    ['no database', { DATABASE_URL: undefined }, 'database', /not set/],
    [
      'a database that is not there',
      { DATABASE_URL: `postgres://u:${password}@127.0.0.1:1/x` },
      'database',
      /ECONNREFUSED/,
    ],
  ]
  for (const [name, changes, check, message] of broken) {
    const outcome = await command(['doctor', '--json'], { env: { ...env, ...changes } })
    t.equal(outcome.code, 1, name)
    t.match(
      outcome.json.checks.find((one: { name: string }) => one.name === check),
      { status: 'failed', message, remedy: /\w/ },
      name,
    )
    t.notMatch(outcome.stdout + outcome.stderr, password)
  }
  const lines = await command(['doctor'], { env: { ...env, AUTH_DOMAIN: undefined } })
  t.match(lines, { code: 1, stdout: /FAILED {3}issuer: AUTH_DOMAIN is not set\n {9}-> set AUTH_DOMAIN/ })
})

t.test('doctor sees keys that cannot be used and a clock that is wrong', async t => {
  const issuer = await localIssuer(t)
  issuer.serve({ keys: [{ kty: 'EC', kid: 'x' }] })
  const unusable = await command(['doctor', '--json'], { env: { AUTH_DOMAIN: issuer.domain } })
  t.match(statuses(unusable), { discovery: 'ok', keys: 'failed' })

  let offset = 0
  const server = createServer((_request, response) => {
    const { port } = server.address() as AddressInfo
    response.setHeader('date', new Date(Date.now() + offset * 1000).toUTCString())
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ issuer: `http://127.0.0.1:${port}/`, ...issuer.keySet() }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const AUTH_DOMAIN = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const [seconds, status, words] of [
    [0, 'ok', /clock/],
    [-120, 'failed', /1[12]\d s ahead/],
    [3600, 'failed', /s behind/],
  ] as [number, string, RegExp][]) {
    offset = seconds
    const outcome = await command(['doctor', '--json'], { env: { AUTH_DOMAIN } })
    t.match(
      outcome.json.checks.find((one: { name: string }) => one.name === 'clock'),
      { status, message: words },
    )
    t.match(statuses(outcome), { discovery: 'ok', keys: 'ok' })
  }
})

t.test('the exit code and what is missing are told by the process itself', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'a0u-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const env = { DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x' }
  t.match(await command(['--help']), { code: 0, stdout: /create-superuser/, stderr: '' })
  t.match(await command(['grant', 'x']), { code: 2, stdout: '', stderr: /missing required argument/ })
  t.match(await command(['migrate'], { env }), { code: 1, stdout: '', stderr: /ECONNREFUSED/ })
  t.match(await command(['migrate'], { env, cwd: folder }), { code: 1, stderr: /npm install pg/ })
})

t.test('what Django granted is imported, once, and what has no counterpart is named', async t => {
  const { url: DATABASE_URL, db, pool } = await testDatabase(t)
  const env = { DATABASE_URL }
  const [ada, grace, old] = await Promise.all(
    ['auth0|ada', 'auth0|grace', 'auth0|old'].map(async auth0_id => {
      const values = { auth0_id, username: auth0_id.replace('|', '.') }
      return (await db.insertInto('accounts_user').values(values).returning('id').executeTakeFirstOrThrow()).id
    }),
  )
  const gone = '00000000-0000-4000-8000-000000000000'
  await pool.query(djangoDump([ada, grace, gone] as string[]))
  await db.insertInto('accounts_group').values({ name: 'Editors' }).execute()

  const dry = await command(['import-django', '--dry-run', '--json'], { env })
  const added = { groups: 1, group_permissions: 4, memberships: 4, permissions: 2 }
  const unmapped = { permissions: ['Odd.Name'], people: [gone, '12'].sort() }
  t.match(dry, { code: 0, json: { dry_run: true, added } })
  t.equal((await db.selectFrom('accounts_user_permission').selectAll().execute()).length, 0, 'a dry run adds nothing')

  const first = await command(['import-django', '--json'], { env })
  t.match(first, { code: 0, json: { ok: true, dry_run: false, added } })
  t.strictSame(first.json.unmapped.permissions, unmapped.permissions)
  t.strictSame(first.json.unmapped.people.sort(), unmapped.people)
  const state = async () => ({
    groups:
      await sql`select g.name, array(select permission from accounts_group_permission p where p.group_id = g.id order by 1) as permissions, array(select u.auth0_id from accounts_user_group m join accounts_user u on u.id = m.user_id where m.group_id = g.id order by 1) as members from accounts_group g order by 1`.execute(
        db,
      ),
    grants:
      await sql`select u.auth0_id, p.permission from accounts_user_permission p join accounts_user u on u.id = p.user_id order by 1, 2`.execute(
        db,
      ),
    audited: (
      await sql<{
        n: number
      }>`select count(*)::int as n from accounts_audit where detail->>'source' = 'django'`.execute(db)
    ).rows[0]?.n,
  })
  const imported = await state()
  t.strictSame(imported.groups.rows, [
    {
      name: 'Editors',
      permissions: ['read:assets', 'store.change_asset', 'store.view_asset'],
      members: ['auth0|ada', 'auth0|grace', 'auth0|old'],
    },
    { name: 'Readers', permissions: ['store.view_asset'], members: ['auth0|ada'] },
  ])
  t.strictSame(imported.grants.rows, [
    { auth0_id: 'auth0|ada', permission: 'qa_crawler.qa_crawler' },
    { auth0_id: 'auth0|old', permission: 'store.view_asset' },
  ])
  t.equal(imported.audited, 11)

  const again = await command(['import-django', '--json'], { env })
  t.match(again, { code: 0, json: { added: { groups: 0, group_permissions: 0, memberships: 0, permissions: 0 } } })
  t.strictSame(again.json.unmapped, first.json.unmapped)
  t.strictSame(await state(), imported)
  t.match(await command(['import-django'], { env }), { code: 0, stdout: /added 0 groups.*\n.*Odd\.Name\n.*12/s })
  t.match(await command(['import-django', '--from', 'nowhere'], { env }), { code: 1, stderr: /auth_group/ })
  t.ok(old)
})

/**
 * The tables of Django's `auth` as it makes them, with the memberships of a user model of one's own
 * (whose rows are ours) and of `auth_user` (whose ids are Django's).
 */
function djangoDump([ada, grace, gone]: readonly string[]): string {
  return `
    create table django_content_type (id integer generated by default as identity primary key, app_label varchar(100) not null, model varchar(100) not null);
    create table auth_permission (id integer generated by default as identity primary key, name varchar(255) not null, content_type_id integer not null references django_content_type (id), codename varchar(100) not null);
    create table auth_group (id integer generated by default as identity primary key, name varchar(150) not null unique);
    create table auth_group_permissions (id bigint generated by default as identity primary key, group_id integer not null references auth_group (id), permission_id integer not null references auth_permission (id));
    create table auth_user (id integer generated by default as identity primary key, username varchar(150) not null unique, email varchar(254) not null);
    create table auth_user_groups (id bigint generated by default as identity primary key, user_id integer not null references auth_user (id), group_id integer not null references auth_group (id));
    create table auth_user_user_permissions (id bigint generated by default as identity primary key, user_id integer not null references auth_user (id), permission_id integer not null references auth_permission (id));
    create table accounts_user_groups (id bigint generated by default as identity primary key, user_id uuid not null, group_id integer not null references auth_group (id));
    create table accounts_user_user_permissions (id bigint generated by default as identity primary key, user_id uuid not null, permission_id integer not null references auth_permission (id));
    insert into django_content_type values (1, 'store', 'asset'), (2, 'qa_crawler', 'run'), (3, 'Odd', 'thing');
    insert into auth_permission values (1, 'Can view asset', 1, 'view_asset'), (2, 'Can change asset', 1, 'change_asset'), (3, 'QA crawler', 2, 'qa_crawler'), (4, 'Odd', 3, 'Name'), (5, 'Unused', 3, 'unused'), (6, 'Auth0', 1, 'read:assets');
    insert into auth_group values (1, 'Editors'), (2, 'Readers');
    insert into auth_group_permissions (group_id, permission_id) values (1, 1), (1, 2), (1, 6), (2, 1), (2, 4);
    insert into auth_user values (11, 'auth0.old', ''), (12, 'auth0.unknown', '');
    insert into auth_user_groups (user_id, group_id) values (11, 1), (12, 1);
    insert into auth_user_user_permissions (user_id, permission_id) values (11, 1), (12, 1);
    insert into accounts_user_groups (user_id, group_id) values ('${ada}', 1), ('${ada}', 2), ('${grace}', 1), ('${gone}', 1);
    insert into accounts_user_user_permissions (user_id, permission_id) values ('${ada}', 3), ('${gone}', 3);`
}
