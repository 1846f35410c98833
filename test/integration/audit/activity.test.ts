import t from 'tap'
import { accountApp } from '../profile/account.ts'

t.test('people read their own trail page by page, newest first', async t => {
  const { person } = await accountApp(t)
  const someone = await person('auth0|1')
  for (let n = 0; n < 45; n++) await someone.send('PUT', { profile_data: { n } })
  const all: { id: string; action: string }[] = []
  let next: string | null = ''
  let pages = 0
  while (next !== null) {
    const page: { items: { id: string; action: string }[]; next: string | null } = (
      await someone.get(`activity/?limit=10${next === '' ? '' : `&before=${next}`}`)
    ).body
    t.ok(page.items.length <= 10)
    all.push(...page.items)
    next = page.next
    pages++
    // What is written between two pages does not shift them.
    if (pages === 2) await someone.send('PUT', { profile_data: { later: true } })
  }
  t.equal(pages, 5)
  t.equal(all.length, 46)
  t.strictSame(
    all.map(item => item.id),
    [...all.map(item => item.id)].sort((a, b) => Number(b) - Number(a)),
  )
  t.equal(new Set(all.map(item => item.id)).size, 46)
  t.equal(all.at(-1)?.action, 'user.created')
  const [latest] = (await someone.get('activity/')).body.items
  t.strictSame(Object.keys(latest).sort(), ['action', 'at', 'by', 'detail', 'fields', 'id', 'method', 'request_id'])
  t.match(latest, { action: 'profile.updated', by: 'self', method: 'jwt', fields: ['profile_data.later'], at: /Z$/ })
  t.equal((await someone.get('activity')).body.items.length, 20, 'twenty unless asked otherwise')
})

t.test('what others and the system did is told apart, without naming staff', async t => {
  const { person, database } = await accountApp(t)
  const someone = await person('auth0|1')
  const { id } = (await someone.get()).body
  const staff = '00000000-0000-4000-8000-000000000001'
  for (const actor_id of [staff, null]) {
    await database.db
      .insertInto('accounts_audit')
      .values({ user_id: id, actor_id, action: 'user.updated', fields: ['is_staff'] })
      .execute()
  }
  const { items } = (await someone.get('activity/')).body
  t.strictSame(
    items.map((item: { by: string }) => item.by),
    ['system', 'other', 'self'],
  )
  t.notMatch(JSON.stringify(items), staff)
})

t.test('request ids that are no text for PostgreSQL are put on record as well as can be', async t => {
  const ids: unknown[] = []
  const genReqId = () => ids.shift() as string
  const { person } = await accountApp(t, { fastify: { genReqId } })
  const someone = await person('auth0|1')
  // 200 characters are kept, so the last one is half an emoji.
  for (const id of ['\ud800', 'nul \0', 7, 8n, `${'x'.repeat(199)}\u{1f600} and more`]) {
    ids.push(id)
    t.equal((await someone.send('PUT', { profile_data: { of: String(id).length, type: typeof id } })).status, 200)
  }
  ids.push('last')
  const { items } = (await someone.get('activity/')).body
  t.strictSame(
    items.map((item: { request_id: string }) => item.request_id),
    [`${'x'.repeat(199)}\ufffd`, '8', '7', 'nul \ufffd', '\ufffd', '\ufffd'],
  )
})

t.test('cursors and limits that are none are refused', async t => {
  const { person } = await accountApp(t)
  const someone = await person('auth0|1')
  const wrong = [
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1.5',
    'limit=1e1',
    'limit=',
    'limit=x',
    'limit=5&limit=6',
    'limit=%00',
  ]
  const cursors = ['0', '-1', 'x', '', '9223372036854775808', '1;drop table accounts_audit', '%00', '1&before=2', '01']
  for (const query of [...wrong, ...cursors.map(cursor => `before=${cursor}`)]) {
    const answer = await someone.get(`activity/?${query}`)
    t.match(answer, { status: 400, body: { code: 'A0U_QUERY_INVALID', faults: [{}] } }, query)
  }
  t.strictSame((await someone.get('activity/?before=1')).body, { items: [], next: null })
  t.equal((await someone.get('activity/?before=9223372036854775807&limit=100')).status, 200)
})

t.test('the trail cannot be rewritten, not even by who can write the tables', async t => {
  const { person, database } = await accountApp(t)
  await (await person('auth0|1')).get()
  await t.rejects(database.db.updateTable('accounts_audit').set({ action: 'x' }).execute(), /append-only/)
  await t.rejects(database.db.deleteFrom('accounts_audit').execute(), /append-only/)
  t.equal((await database.db.selectFrom('accounts_audit').select('id').execute()).length, 1)
})
