import t, { type Test } from 'tap'
import { readConfig } from '#app/config.js'
import { demoAssets } from '#app/demo/assets.js'
import { demoMembers } from '#app/demo/members.js'
import { resetDemo } from '#app/demo/reset.js'
import { type Person, seededPeople } from '#app/stand-in/people.js'
import { type StandIn, startStandIn } from '#app/stand-in/stand-in.js'
import { testDatabase } from '../helpers/postgres.ts'
import { type RunningApp, startApp } from './running-app.ts'

// Embedded servers are started here; a busy machine takes its time.
t.setTimeout(240_000)

type Json = Record<string, unknown>

async function get<Body = Json>(app: RunningApp, path: string, token: string): Promise<Body> {
  const answer = await app.request(`/api/v1${path}`, { token })
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Body
}

function personNamed(name: string): Person {
  const person = seededPeople.find(({ given_name }) => given_name === name)
  if (person === undefined) throw new Error(`there is no ${name}`)
  return person
}

interface Pages {
  readonly items: readonly { readonly id: string; readonly kind: string; readonly title: string }[]
  readonly next: string | null
}

/** An app on embedded databases whose tokens are signed by an issuer of its own, which is not its stand-in. */
async function startWithIssuer(t: Test, dataDir: string, issuer: StandIn, audience: string): Promise<RunningApp> {
  return await startApp(t, {
    DATA_DIR: dataDir,
    AUTH_DOMAIN: issuer.issuer,
    AUTH_AUDIENCE: audience,
    AUTH_CLIENT_ID: 'another-client',
  })
}

/** Lists and reports of a first start are alive, and agree with one another. */
async function checkMembers(t: Test, app: RunningApp, ada: string): Promise<void> {
  const day = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
  const report = (name: string) =>
    get<{ items: Record<string, number>[]; connections?: Json[] }>(
      app,
      `/accounts/admin/reports/${name}?from=${day(70)}&to=${day(0)}`,
      ada,
    )
  const sum = ({ items }: { items: Record<string, number>[] }, count: string): number =>
    items.reduce((before, item) => before + (item[count] ?? 0), 0)
  const [activity, signIns, registrations, completion] = await Promise.all(
    ['activity', 'sign-ins', 'registrations', 'completion'].map(report),
  )
  if (!activity || !signIns || !registrations || !completion) throw new Error('a report is missing')
  t.ok(activity.items.filter(({ people }) => Number(people) > 0).length > 40, 'somebody was there on most days')
  t.equal(signIns.connections?.length, 3)
  t.equal(sum(registrations, 'started'), 45)
  t.ok(sum(registrations, 'verified') < 45 && sum(registrations, 'returned') > 10)
  t.ok(sum(completion, 'complete') > 20 && sum(completion, 'complete') < 40)
  const { items } = await get<{ items: Record<string, string>[] }>(app, '/accounts/admin/users?limit=100', ada)
  const members = demoMembers(Date.now())
  t.equal(new Set(items.map(({ email }) => email)).size, 45)
  t.ok(
    items.every(({ email }) => email?.endsWith('@example.test')),
    'nobody who could exist',
  )
  t.ok(members.every(({ visits }) => visits.every(visit => visit <= Date.now())))
}

t.test('a first start fills three databases, once, and another issuer replaces the stand-in', async t => {
  const dataDir = t.testdir({})
  const audience = 'https://api.other.example'
  const issuer = await startStandIn({ port: 0, audience })
  t.teardown(() => issuer.close())
  const app = await startWithIssuer(t, dataDir, issuer, audience)
  t.notMatch(app.stdout, 'for development only', 'no stand-in of its own was started')
  const config = (await (await app.request('/api/v1/config')).json()) as Json
  t.match(config, {
    domain: issuer.issuer.replace(/\/$/, ''),
    audience,
    client_id: 'another-client',
    stand_in: false,
  })

  const noor = await issuer.mintToken(personNamed('Noor'))
  const seen: string[] = []
  let page = await get<Pages>(app, '/store/assets?limit=15', noor)
  for (;;) {
    seen.push(...page.items.map(({ title }) => title))
    if (page.next === null) break
    page = await get<Pages>(app, `/store/assets?limit=15&after=${page.next}`, noor)
  }
  t.strictSame(
    seen,
    demoAssets().map(({ title }) => title),
  )
  t.equal(new Set(seen).size, 40)
  const mine = await get<{ items: { status: string }[] }>(app, '/store/access-requests/mine', noor)
  t.strictSame(mine.items.map(({ status }) => status).sort(), ['approved', 'pending', 'pending', 'refused'])
  t.match(await get(app, '/store/licences', noor), { items: [{ status: 'active' }] })

  const mei = await issuer.mintToken(personNamed('Mei'))
  const pending = await get<{ items: Json[] }>(app, '/store/access-requests?status=pending&limit=100', mei)
  t.match(pending.items.slice(0, 2), [{ requester: { name: 'Noor Aziz' } }, { requester: { name: 'Noor Aziz' } }])
  t.match(await get(app, '/staff/jobs', mei), { dead: [] })
  const ada = await issuer.mintToken(personNamed('Ada'))
  const overview = await get(app, '/staff/overview', ada)
  t.match(overview, { people: 45, assets: 40, pending_requests: pending.items.length })
  t.ok(pending.items.length > 4 && Number(overview['active_licences']) > 4, 'members asked, and some hold licences')
  await checkMembers(t, app, ada)
  const tomas = await issuer.mintToken(personNamed('Tomás'))
  t.match(await get(app, '/qa-crawler/runs', tomas), { items: [{ status: 'done' }, {}] })
  t.match(await get(app, '/digital-pr/campaigns', tomas), { items: [{}, {}, {}, {}] })

  const token = /Token (refapp_\w+)'/.exec(app.stdout)?.[1] ?? ''
  const asPlatform = await fetch(`${app.url}/api/v1/platform/assets?limit=100`, {
    headers: { authorization: `Token ${token}` },
  })
  const copied = (await asPlatform.json()) as Pages
  t.equal(copied.items.length, 40, 'the printed token reads the copy, which is complete')
  t.match(await app.stop('SIGTERM'), { code: 0, stderr: '' })

  const again = await startWithIssuer(t, dataDir, issuer, audience)
  t.notMatch(again.stdout, 'As a platform', 'nothing was made anew')
  t.match(await get(again, '/staff/overview', ada), { assets: 40, people: 45 })
  await t.rejects(
    resetDemo(readConfig({ DATA_DIR: dataDir })),
    { name: 'StartError', message: /already runs/ },
    'not under a running app',
  )
  t.match(await again.stop('SIGTERM'), { code: 0, stderr: '' })

  t.match(await resetDemo(readConfig({ DATA_DIR: dataDir })), /^refapp_/)
  const anew = await startWithIssuer(t, dataDir, issuer, audience)
  t.match(await get(anew, '/staff/overview', ada), { assets: 40, people: 45 })
  const [first] = (await get<Pages>(anew, '/store/assets?limit=1', ada)).items
  t.not(first?.id, page.items[0]?.id)
})

t.test('a database of yours is emptied only when its name is said, and is filled when asked to', async t => {
  const { url, pool } = await testDatabase(t, { empty: true })
  await pool.query('create table precious (id int)')
  const config = readConfig({ DATABASE_URL: url })
  const name = new URL(url).pathname.slice(1)
  for (const confirmed of [undefined, 'another']) {
    await t.rejects(resetDemo(config, confirmed), { name: 'StartError', message: `--delete-everything-in=${name}` })
  }
  t.equal((await pool.query('select from precious')).rowCount, 0, 'it is still there')

  t.match(await resetDemo(config, name), /^refapp_/)
  t.match(await resetDemo(config, name), /^refapp_/, 'as often as one likes')
  await t.rejects(pool.query('select from precious'), { code: '42P01' })
  const { rows } = await pool.query('select count(*)::int as count from platform_asset')
  t.strictSame(rows, [{ count: 40 }], 'platforms read the same database, by its view')
  const { rows: runs } = await pool.query('select count(*)::int as count from qa_crawler_run')
  t.strictSame(runs, [{ count: 2 }])
})
