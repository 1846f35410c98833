import { sql } from 'kysely'
import t from 'tap'
import { toPrefixQuery } from '#app/assets/search.js'
import { storeApp } from './store-app.ts'

const { app, databases, person } = await storeApp(t, ['default'])

const curator = await person('curator', {
  permissions: ['store.add_asset', 'store.change_asset', 'store.delete_asset'],
})
const desk = await person('desk', { permissions: ['store.view_accessrequest', 'store.change_accessrequest'] })
const noor = await person('noor')
const tomas = await person('tomas')

const harbour = {
  title: 'Harbour at first light',
  summary: 'Cranes and calm water.',
  description: 'Twelve frames.',
  kind: 'photo',
  creator: 'Studio Halden',
  terms: 'Web only.',
  price_cents: 4900,
  currency: 'EUR',
}

interface AssetAnswer {
  readonly id: string
  readonly title: string
}

async function addAsset(changes: object = {}): Promise<string> {
  const { status, body } = await curator.send<AssetAnswer>('POST', '/store/assets', { ...harbour, ...changes })
  t.equal(status, 201)
  return body.id
}

t.test('an asset is added, read, changed and withdrawn by who may', async t => {
  const { status, body } = await curator.send('POST', '/store/assets', harbour)
  t.equal(status, 201)
  t.match(body, { ...harbour, preview_url: `/api/v1/store/assets/${body.id}/preview.svg` })
  const path = `/store/assets/${body.id}`
  t.match((await noor.get(path)).body, { id: body.id, my_request: null, my_licence: null })
  t.match((await curator.send('PATCH', path, { price_cents: 100 })).body, { price_cents: 100, title: harbour.title })

  for (const [method, where, payload] of [
    ['POST', '/store/assets', harbour],
    ['PATCH', path, { price_cents: 1 }],
    ['DELETE', path, undefined],
  ] as const) {
    t.match(await noor.send(method, where, payload), { status: 403, body: { code: 'A0U_PERMISSION_DENIED' } }, method)
  }
  t.equal((await curator.send('PATCH', path, { kind: 'video' })).status, 400)
  t.equal((await curator.send('PATCH', path, {})).status, 400)
  t.equal((await curator.send('POST', '/store/assets', { ...harbour, price_cents: -1 })).status, 400)

  t.equal((await curator.send('DELETE', path)).status, 204)
  t.match(await noor.get(path), { status: 404, body: { code: 'NOT_FOUND' } })
  t.equal((await curator.send('DELETE', path)).status, 404)
  t.equal((await curator.send('PATCH', path, { price_cents: 1 })).status, 404)
  t.equal((await noor.get('/store/assets/no-id')).status, 400)
})

t.test('the list is read page by page while assets come in, and each is seen once', async t => {
  const added: string[] = []
  for (let index = 0; index < 7; index += 1) added.unshift(await addAsset({ title: `Paging ${index}`, kind: 'font' }))
  const seen: string[] = []
  let path: string | null = '/store/assets?kind=font&limit=3'
  while (path !== null) {
    const { body }: { body: { items: { id: string }[]; next: string | null } } = await noor.get(path)
    seen.push(...body.items.map(({ id }) => id))
    path = body.next === null ? null : `/store/assets?kind=font&limit=3&after=${body.next}`
    if (seen.length === 3) await addAsset({ title: 'Newer than the page', kind: 'font' })
  }
  t.strictSame(seen, added)
  for (const query of ['limit=0', 'limit=101', 'after=0', "after=1' or 1=1", 'kind=video']) {
    t.equal((await noor.get(`/store/assets?${query}`)).status, 400, query)
  }
})

t.test('a search finds what words begin with, in any script, and is served by the index', async t => {
  const id = await addAsset({
    title: 'Žluťoučký kůň',
    summary: 'Ein Größenvergleich',
    creator: 'Atelier 九龍',
    kind: 'audio',
  })
  const find = async (text: string): Promise<string[]> => {
    const { body } = await noor.get<{ items: { id: string }[] }>(`/store/assets?search=${encodeURIComponent(text)}`)
    return body.items.map(item => item.id)
  }
  for (const text of ['žluť', 'zlut', 'KŮŇ', 'größen', 'atelier', '九', 'ein kůň', ' ein,  ']) {
    t.ok((await find(text)).includes(id), text)
  }
  for (const text of ['luť', 'ein harbour', "' | !x:*", '!!!', 'ein & !kůň:*x']) {
    t.notOk((await find(text)).includes(id), text)
  }
  t.equal(toPrefixQuery('a b c d e f g h i j')?.split('&').length, 8)
  const plan = await databases.default.transaction().execute(async trx => {
    await sql`set local enable_seqscan = off`.execute(trx)
    return sql<{ 'QUERY PLAN': string }>`
      explain select id from store_asset where search @@ to_tsquery('simple', 'harb:*')`.execute(trx)
  })
  t.match(plan.rows.map(row => row['QUERY PLAN']).join('\n'), 'store_asset_search')
})

t.test('a preview is public, the same at each request, and can do nothing', async t => {
  for (const kind of ['photo', 'illustration', 'audio', 'font', 'dataset']) {
    const id = await addAsset({ kind, title: '<script>alert(1)</script>' })
    const url = `/api/v1/store/assets/${id}/preview.svg`
    const [one, two] = [await app.inject(url), await app.inject(url)]
    t.equal(one.statusCode, 200, kind)
    t.equal(one.body, two.body)
    t.match(one.headers, { 'content-type': /^image\/svg\+xml/, 'x-content-type-options': 'nosniff' })
    t.match(one.headers['content-security-policy'], "default-src 'none'")
    t.notMatch(one.body, /script|href|NaN|undefined/)
    t.ok(one.body.length > 1000 || kind === 'font', 'there is something to see')
  }
  t.equal((await app.inject('/api/v1/store/assets/0b2f9a4e-6f0c-4a53-9d53-5d2f5c1b7a10/preview.svg')).statusCode, 404)
})

t.test('a person asks, staff approve, and the licence is there with its certificate', async t => {
  const asset_id = await addAsset()
  const asked = await noor.send('POST', '/store/access-requests', { asset_id, purpose: 'A cover' })
  t.match(asked, { status: 201, body: { status: 'pending', asset: { id: asset_id, title: harbour.title } } })
  t.notOk('requester' in asked.body)
  t.match(await noor.send('POST', '/store/access-requests', { asset_id, purpose: 'Again' }), {
    status: 409,
    body: { code: 'REQUEST_PENDING' },
  })
  t.match((await noor.get('/store/access-requests/mine')).body.items[0], { id: asked.body.id })
  t.equal((await noor.get('/store/access-requests')).status, 403)
  t.equal((await noor.send('POST', `/store/access-requests/${asked.body.id}/approve`, {})).status, 403)

  const list = await desk.get('/store/access-requests?status=pending')
  t.match(list.body.items[0], {
    id: asked.body.id,
    requester: { id: noor.id, name: 'noor User', email: 'noor@example.test' },
  })
  const approved = await desk.send('POST', `/store/access-requests/${asked.body.id}/approve`, { days: 10 })
  t.match(approved, { status: 200, body: { status: 'approved', decided_at: String } })
  t.match(await desk.send('POST', `/store/access-requests/${asked.body.id}/refuse`, { reason: 'late' }), {
    status: 409,
    body: { code: 'REQUEST_DECIDED' },
  })

  const licences = await noor.get('/store/licences')
  const [licence] = licences.body.items
  t.match(licence, { asset: { id: asset_id }, status: 'active' })
  t.equal(Date.parse(licence.expires_at) - Date.parse(licence.granted_at), 10 * 86_400_000)
  const detail = await noor.get(`/store/assets/${asset_id}`)
  t.match(detail.body, { my_request: { status: 'approved' }, my_licence: { id: licence.id, status: 'active' } })
  const certificate = await noor.get<string>(`/store/licences/${licence.id}/certificate`)
  t.match(certificate.headers['content-disposition'], 'attachment')
  t.match(certificate.body, /Holder {4}noor User\n/)
  t.equal((await tomas.get(`/store/licences/${licence.id}/certificate`)).status, 404, 'nobody else has it')
  t.strictSame((await tomas.get('/store/licences')).body.items, [])
  t.match(await noor.send('POST', '/store/access-requests', { asset_id, purpose: 'More' }), {
    status: 409,
    body: { code: 'LICENCE_HELD' },
  })

  await databases.default
    .updateTable('store_licence')
    .set({ expires_at: new Date() })
    .where('id', '=', licence.id)
    .execute()
  t.match((await noor.get('/store/licences')).body.items[0], { status: 'expired' })
  t.match(await noor.get(`/store/licences/${licence.id}/certificate`), {
    status: 409,
    body: { code: 'LICENCE_EXPIRED' },
  })
  t.equal((await noor.send('POST', '/store/access-requests', { asset_id, purpose: 'Again' })).status, 201)
})

t.test('a request is refused with a reason, or taken back by who asked and nobody else', async t => {
  const asset_id = await addAsset()
  const { body: first } = await noor.send('POST', '/store/access-requests', { asset_id, purpose: 'A' })
  t.equal((await desk.send('POST', `/store/access-requests/${first.id}/refuse`, {})).status, 400, 'a reason is due')
  t.match(await desk.send('POST', `/store/access-requests/${first.id}/refuse`, { reason: 'No rights' }), {
    status: 200,
    body: { status: 'refused', reason: 'No rights' },
  })
  const { body: second } = await noor.send('POST', '/store/access-requests', { asset_id, purpose: 'B' })
  t.equal((await tomas.send('POST', `/store/access-requests/${second.id}/withdraw`)).status, 404)
  t.match((await noor.send('POST', `/store/access-requests/${second.id}/withdraw`)).body, { status: 'withdrawn' })
  t.equal((await noor.send('POST', `/store/access-requests/${second.id}/withdraw`)).status, 409)
  t.equal((await noor.send('POST', '/store/access-requests', { asset_id, purpose: 'C' })).status, 201)
  t.equal((await curator.send('DELETE', `/store/assets/${asset_id}`)).status, 204)
  t.match((await noor.get('/store/access-requests/mine')).body.items[0], { status: 'refused', purpose: 'C' })
  t.match(await noor.send('POST', '/store/access-requests', { asset_id, purpose: 'D' }), { status: 404 })
})

t.test('of ten who decide at once one wins, and one licence is granted', async t => {
  const asset_id = await addAsset()
  const { body } = await tomas.send('POST', '/store/access-requests', { asset_id, purpose: 'race' })
  const path = `/store/access-requests/${body.id}`
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0
        ? desk.send('POST', `${path}/approve`)
        : desk.send('POST', `${path}/refuse`, { reason: `number ${index}` }),
    ),
  )
  t.strictSame(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(409)])
  const [winner] = answers.filter(({ status }) => status === 200)
  const { rows } = await sql`select from store_licence where request_id = ${body.id}`.execute(databases.default)
  t.equal(rows.length, winner?.body.status === 'approved' ? 1 : 0)
})

t.test('of ten requests that are sent at once one is made', async t => {
  const asset_id = await addAsset()
  const ask = () => tomas.send('POST', '/store/access-requests', { asset_id, purpose: 'race' })
  const answers = await Promise.all(Array.from({ length: 10 }, ask))
  t.strictSame(answers.map(({ status }) => status).sort(), [201, ...Array(9).fill(409)])
})

t.test('what the app holds on a person is exported, erased, and moved when two become one', async t => {
  const asset_id = await addAsset()
  const maria = await person('maria')
  const { body } = await maria.send('POST', '/store/access-requests', { asset_id, purpose: 'my thesis' })
  await desk.send('POST', `/store/access-requests/${body.id}/approve`)
  const other = await addAsset()
  await maria.send('POST', '/store/access-requests', { asset_id: other, purpose: 'my poster' })

  const twin = await person('twin')
  await twin.send('POST', '/store/access-requests', { asset_id: other, purpose: 'mine too' })
  await app.auth0Users.users.merge(maria.id, twin.id, { actorId: null, method: null, requestId: null })
  const { body: mine } = await twin.get('/store/access-requests/mine')
  t.strictSame(
    mine.items.map((item: { purpose: string; status: string }) => [item.purpose, item.status]),
    [
      ['mine too', 'pending'],
      ['my poster', 'withdrawn'],
      ['my thesis', 'approved'],
    ],
  )
  t.equal((await twin.get('/store/licences')).body.items.length, 1)

  t.equal((await twin.send('DELETE', '/accounts/users/profile')).status, 204)
  const erased = await twin.get('/store/access-requests/mine')
  t.strictSame(
    erased.body.items.map((item: { purpose: string }) => item.purpose),
    ['', '', ''],
  )
  t.match(erased.body.items[0], { status: 'withdrawn' })
  t.equal(await app.auth0Users.privacy.anonymise(twin.id), 'anonymised')
  const { rows } = await sql`select from store_licence where user_id = ${twin.id} and expires_at > now()`.execute(
    databases.default,
  )
  t.equal(rows.length, 0, 'nobody holds the licence any more')
})

t.test('pages get what they need to begin, without signing in', async t => {
  const answer = await app.inject('/api/v1/config')
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), {
    domain: /^http:\/\/[^/]+$/,
    client_id: 'reference-app-web',
    stand_in: false,
    connections: [{ name: 'github' }, { name: 'google-oauth2' }],
    profile: { schema: { type: 'object', properties: { phone: { type: 'string' } } }, required: ['phone', 'title'] },
    consents: [{ purpose: 'contact', version: String, text: String }, {}],
  })
})
