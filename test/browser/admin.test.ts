import pg from 'pg'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { apiOf, callerWith, goTo, itemsOf, openAdmin, people, signInAs } from './support/admin.ts'
import { heading, missing, type StoreUnderTest, startStore } from './support/store.ts'

t.setTimeout(480_000)

const dialog = (page: Page) => page.getByRole('dialog')
const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.textContent')

async function decisions(t: Test, store: StoreUnderTest): Promise<void> {
  const noor = await apiOf(t, store, 'noor')
  const before = await itemsOf(noor, '/store/licences')
  const { page, foreign, complaints } = await openAdmin(t, store, 'mei')
  await heading(page, 'Overview')
  await goTo(page, 'Requests')
  const card = (text: string) => page.getByRole('listitem').filter({ hasText: text })

  await card('Headlines of the new website').getByRole('button', { name: 'Approve' }).click()
  await dialog(page).getByText('90 days').click()
  await dialog(page).getByRole('button', { name: 'Approve' }).click()
  await page.getByText('Approved: Noor Aziz has a licence for 90 days.').waitFor()
  await card('Headlines of the new website').waitFor({ state: 'detached' })
  t.equal(await focused(page), 'Requests', 'the heading has the focus, since what opened the dialog is gone')
  const after = await itemsOf(noor, '/store/licences')
  t.equal(after.length, before.length + 1, 'the licence is there for the person')
  const days =
    (Date.parse(String(after[0]?.['expires_at'])) - Date.parse(String(after[0]?.['granted_at']))) / 86_400_000
  t.equal(Math.round(days), 90)

  await card('Sound of the lobby').getByRole('button', { name: 'Refuse' }).click()
  await dialog(page).getByRole('button', { name: 'Refuse' }).click()
  await dialog(page).getByText('Say why, in a sentence.').waitFor()
  await dialog(page).getByRole('textbox').fill('The lobby is not ours.')
  await dialog(page).getByRole('button', { name: 'Refuse' }).click()
  await page.getByText('Refused: Noor Aziz can read your reason.').waitFor()
  await card('Sound of the lobby').waitFor({ state: 'detached' })
  const mine = await itemsOf(noor, '/store/access-requests/mine')
  t.ok(
    mine.some(({ status, reason }) => status === 'refused' && reason === 'The lobby is not ours.'),
    'the person reads the reason',
  )

  await page.getByText('Refused', { exact: true }).click()
  await card('The lobby is not ours.').waitFor()
  t.match(page.url(), /status=refused$/)
  t.strictSame(foreign, [], 'nothing was asked of other servers')
  t.strictSame(
    complaints.filter(text => !text.includes('401')),
    [],
  )
}

async function collision(t: Test, store: StoreUnderTest): Promise<void> {
  const [noor, mei] = [await apiOf(t, store, 'noor'), await apiOf(t, store, 'mei')]
  const [asset] = await itemsOf(noor, '/store/assets?search=Night')
  const asked = await noor.send('POST', '/store/access-requests', {
    asset_id: asset?.['id'],
    purpose: 'Both of you look',
  })
  t.equal(asked.status, 201)
  const { page } = await openAdmin(t, store, 'ada', { path: '/requests' })
  const card = page.getByRole('listitem').filter({ hasText: 'Both of you look' })
  await card.getByRole('button', { name: 'Approve' }).click()
  await mei.send('POST', `/store/access-requests/${asked.body['id']}/refuse`, { reason: 'Mei was faster.' })
  await dialog(page).getByRole('button', { name: 'Approve' }).click()
  await dialog(page).getByText('Someone else changed this first').waitFor()
  await dialog(page).getByRole('button', { name: 'Cancel' }).click()
  await card.waitFor({ state: 'detached' })
  t.pass('the decision of the other is on the page')
}

async function grants(t: Test, store: StoreUnderTest): Promise<void> {
  const tomas = await apiOf(t, store, 'tomas')
  const held = async () => (await tomas.send('GET', '/me')).body['permissions'] as string[]
  t.notOk((await held()).includes('store.add_asset'))
  const { page } = await openAdmin(t, store, 'ada')
  await goTo(page, 'People')
  await page.getByLabel('Search').fill('tom')
  await page.getByText('1 in all').waitFor()
  await page.getByRole('link', { name: people.tomas.name }).click()
  await heading(page, people.tomas.name)
  await page.getByText('github|9000102').waitFor()

  await page.getByRole('button', { name: 'Grant' }).click()
  await dialog(page).getByLabel('Permission').selectOption('store.add_asset')
  await dialog(page).getByRole('button', { name: 'Grant' }).click()
  await page.getByText('Tomás Ferreira holds store.add_asset now.').waitFor()
  t.ok((await held()).includes('store.add_asset'), 'the person has it at once')
  await page.getByRole('button', { name: 'Take back store.add_asset' }).click()
  await dialog(page).getByRole('button', { name: 'Take back' }).click()
  await page.getByText('None.', { exact: true }).waitFor()
  t.notOk((await held()).includes('store.add_asset'), 'and loses it at once')

  await page.getByRole('button', { name: 'Add to a group' }).click()
  await dialog(page).getByLabel('Group').selectOption({ label: 'Licensing' })
  await dialog(page).getByRole('button', { name: 'Add' }).click()
  await page.getByRole('link', { name: 'Licensing' }).waitFor()
  t.ok((await held()).includes('store.change_accessrequest'), 'a group grants what it grants')
  await page.getByRole('button', { name: 'Take out of Licensing' }).click()
  await dialog(page).getByRole('button', { name: 'Take out' }).click()
  await page.getByRole('link', { name: 'Licensing' }).waitFor({ state: 'detached' })

  await page.getByRole('button', { name: 'Deactivate' }).click()
  await dialog(page).getByRole('button', { name: 'Deactivate' }).click()
  await page.getByText('deactivated', { exact: true }).waitFor()
  t.equal((await tomas.send('GET', '/me')).status, 403)
  await page.getByRole('button', { name: 'Reactivate' }).click()
  await dialog(page).getByRole('button', { name: 'Reactivate' }).click()
  await page.getByText('deactivated', { exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await dialog(page).getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByText('Signed out everywhere.').waitFor()
  t.equal((await tomas.send('GET', '/me')).status, 401, 'the token from before is refused')
}

async function groups(t: Test, store: StoreUnderTest): Promise<void> {
  const { page } = await openAdmin(t, store, 'ada', { path: '/groups' })
  await page.getByRole('button', { name: 'New group' }).click()
  await dialog(page).getByLabel('Name').fill('Licensing')
  await dialog(page).getByRole('button', { name: 'Make it' }).click()
  await dialog(page).getByText('This name is taken').waitFor()
  await dialog(page).getByLabel('Name').fill('Curators')
  await dialog(page).getByRole('button', { name: 'Make it' }).click()
  await heading(page, 'Curators')
  await page.getByText('No members yet.').waitFor()
  await page.getByLabel('Add asset').check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved. Members hold this from now on.').waitFor()
  await page.reload()
  await page.getByRole('checkbox', { name: 'Add asset', checked: true }).waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog(page).getByRole('button', { name: 'Delete' }).click()
  await heading(page, 'Groups')
  await page.getByRole('link', { name: 'Licensing' }).waitFor()
  t.equal(await page.getByRole('link', { name: 'Curators' }).count(), 0)
}

async function tokens(t: Test, store: StoreUnderTest): Promise<void> {
  const { page } = await openAdmin(t, store, 'ada', { path: '/tokens' })
  await page.getByRole('button', { name: 'New token' }).click()
  await dialog(page).getByLabel('Name').fill('Nightly import')
  await dialog(page).getByLabel('store.view_asset').check()
  await dialog(page).getByRole('button', { name: 'Make it' }).click()
  await dialog(page).getByText('cannot be shown again').waitFor()
  const text = (await dialog(page).locator('code').first().textContent()) ?? ''
  t.match(text, /^refapp_\w{49}$/)
  await dialog(page).getByRole('button', { name: 'I have copied it' }).click()
  await page.getByRole('row', { name: 'Nightly import' }).waitFor()
  const platform = callerWith(store.url, { authorization: `Token ${text}` })
  t.match(await platform.send('GET', '/me'), {
    status: 200,
    body: { method: 'token', permissions: ['store.view_asset'] },
  })
  await page.reload()
  await page.getByRole('row', { name: 'Nightly import' }).waitFor()
  t.equal(await page.getByText(text).count(), 0, 'it is shown once')

  await page.getByRole('button', { name: 'Revoke Nightly import' }).click()
  await dialog(page).getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('revoked', { exact: true }).waitFor()
  t.equal((await platform.send('GET', '/me')).status, 401)
}

async function assets(t: Test, store: StoreUnderTest): Promise<void> {
  const { page } = await openAdmin(t, store, 'mei', { path: '/assets' })
  await page.getByRole('link', { name: 'New asset' }).click()
  await heading(page, 'New asset')
  for (const [label, text] of Object.entries({
    Title: 'Low cloud',
    Summary: 'Seen from above.',
    Creator: 'Oru Works',
  })) {
    await page.getByLabel(label).fill(text)
  }
  await page.getByLabel('Price').fill('19.90')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Low cloud is in the store now.').waitFor()
  await page.getByLabel('Search').fill('low cloud')
  await page.getByText('1 in all').waitFor()
  t.match(await page.getByRole('row', { name: 'Low cloud' }).textContent(), '19.90')
  await page.getByRole('link', { name: 'Low cloud' }).click()
  await page.getByLabel('Title').fill('High cloud')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The asset was saved.').waitFor()
  await page.getByLabel('Search').fill('high cloud')
  await page.getByRole('link', { name: 'High cloud' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog(page).getByRole('button', { name: 'Delete' }).click()
  await page.getByText('High cloud was deleted.').waitFor()
  await heading(page, 'Assets')
}

async function trail(t: Test, store: StoreUnderTest): Promise<void> {
  const ada = await apiOf(t, store, 'ada')
  const [noor] = await itemsOf(ada, '/accounts/admin/users?search=noor')
  const grant = `/accounts/admin/users/${noor?.['id']}/permissions/store.view_asset`
  for (let n = 0; n < 17; n++) {
    await ada.send('PUT', grant)
    await ada.send('DELETE', grant)
  }
  const { page } = await openAdmin(t, store, 'ada', { path: '/audit' })
  await page.getByText('30 shown, there are more').waitFor()
  await page.getByRole('button', { name: 'Show more' }).click()
  await page.getByText('30 shown').waitFor({ state: 'detached' })
  const rows = page.getByRole('table').getByRole('row')
  t.ok((await rows.count()) > 31, 'the next page follows')

  await page.getByLabel('What').selectOption('permission.granted')
  await page.getByRole('button', { name: 'Whose record' }).click()
  await dialog(page).getByLabel('Search').fill('noor')
  await dialog(page).getByRole('button', { name: 'Noor Aziz' }).click()
  await page.getByText('17 in all').waitFor()
  t.match(page.url(), /action=permission\.granted.*user_id=|user_id=.*action=permission\.granted/)
  t.match(await rows.nth(1).textContent(), /Permission granted.*store\.view_asset.*Noor Aziz.*Ada Okafor/)
  await page.reload()
  await page.getByText('17 in all').waitFor()
  await page.getByLabel('Up to').fill('2020-01-01')
  await page.getByText('Nothing happened that fits these filters.').waitFor()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByText('30 shown, there are more').waitFor()
}

async function reports(t: Test, store: StoreUnderTest): Promise<void> {
  const { page } = await openAdmin(t, store, 'ada', { path: '/reports' })
  await page.getByRole('img', { name: 'Active people by day' }).waitFor()
  await page.getByRole('img', { name: 'New accounts by day' }).waitFor()
  await page.getByRole('img', { name: 'Share of completed profiles' }).waitFor()
  await page.getByText('Came back another day').waitFor()
  await page.getByText('New accounts as a table').click()
  await page.getByRole('table', { name: 'New accounts' }).waitFor()
  t.equal(await page.getByRole('table', { name: 'New accounts' }).getByRole('row').count(), 31, 'thirty days')
  await page.getByText('7 days').click()
  await page.getByRole('table', { name: 'New accounts' }).getByRole('row').nth(8).waitFor({ state: 'detached' })
  t.equal(await page.getByRole('table', { name: 'New accounts' }).getByRole('row').count(), 8)
}

async function jobs(t: Test, store: StoreUnderTest): Promise<void> {
  const client = new pg.Client({ connectionString: store.database })
  await client.connect()
  t.teardown(() => client.end())
  await client.query(`insert into pgboss.job (name, data, state, retry_count, started_on, completed_on, output)
    values ('licences.expire', '{}', 'failed', 1, now(), now(), '{"message":"The disk was full"}')`)
  const { page } = await openAdmin(t, store, 'ada')
  await page
    .getByRole('listitem')
    .filter({ hasText: /Failed jobs\s*1$/ })
    .waitFor()
  await goTo(page, 'Jobs', 'Background jobs')
  const line = page.getByRole('listitem').filter({ hasText: 'The disk was full' })
  await line.getByText('2 attempts').waitFor()
  await line.getByRole('button', { name: 'Run again' }).click()
  await page.getByText('A job of licences.expire was put back into its queue.').waitFor()
  await page.getByText('None. Everything went well.').waitFor()
  const { rows } = await client.query(
    `select from pgboss.job where output ->> 'message' = 'The disk was full' and state = 'failed'`,
  )
  t.equal(rows.length, 0, 'it is dead no more')
}

async function signingOut(t: Test, store: StoreUnderTest): Promise<void> {
  const { page, context } = await openAdmin(t, store, 'mei')
  const cookie = (await context.cookies(store.url)).find(({ name }) => name.endsWith('a0u_session'))
  t.match(cookie, { httpOnly: true, sameSite: 'Lax' })
  const caller = callerWith(store.url, { cookie: `${cookie?.name}=${cookie?.value}` })
  t.equal((await caller.send('GET', '/accounts/session')).status, 200)
  t.equal((await caller.send('POST', '/accounts/tokens', { name: 'forged' })).status, 403, 'not without the CSRF token')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await heading(page, 'Sign in')
  t.equal((await caller.send('GET', '/accounts/session')).status, 401, 'the cookie is worth nothing any more')
  t.equal((await caller.send('GET', '/staff/overview')).status, 401)
  await page.waitForURL(`${store.url}/admin`)
  await page.getByRole('button', { name: 'Continue to sign in' }).click()
  await page.getByRole('button', { name: 'Continue with Google' }).waitFor()
  t.pass('the identity provider asks again')
}

async function endedElsewhere(t: Test, store: StoreUnderTest): Promise<void> {
  const ada = await apiOf(t, store, 'ada')
  const { page } = await openAdmin(t, store, 'mei')
  const [mei] = await itemsOf(ada, '/accounts/admin/users?search=mei')
  const sessions = await itemsOf(ada, `/accounts/admin/users/${mei?.['id']}/sessions`)
  for (const { id } of sessions) await ada.send('DELETE', `/accounts/admin/users/${mei?.['id']}/sessions/${id}`)
  await page.getByRole('link', { name: 'Assets', exact: true }).first().click()
  await page.getByText('Your session has ended.').waitFor()
  await page.getByRole('button', { name: 'Continue to sign in' }).click()
  await heading(page, 'Assets')
  t.match(page.url(), /\/admin\/assets$/, 'one goes on where one was')
}

async function withoutPermission(t: Test, store: StoreUnderTest): Promise<void> {
  const visitor = await store.open(t)
  await visitor.page.goto(`${store.url}/admin/users`)
  await visitor.page.getByRole('button', { name: 'Continue to sign in' }).click()
  await signInAs(visitor.page, 'noor')
  await heading(visitor.page, 'This part is for staff')
  await visitor.page.getByText('this part of Verso is for staff').waitFor()
  const cookies = await visitor.context.cookies(store.url)
  t.notOk(
    cookies.some(({ name }) => name.endsWith('a0u_session')),
    'no session began',
  )
  await visitor.page.getByRole('button', { name: 'Use a different account' }).click()
  await visitor.page.getByRole('button', { name: 'Continue with Google' }).waitFor()

  const { page, context } = await openAdmin(t, store, 'mei')
  await heading(page, 'Overview')
  const links = page.getByRole('navigation').getByRole('link')
  t.strictSame(await links.allTextContents(), ['Overview', 'Requests', 'Assets', 'People', 'Jobs', 'API tokens'])
  await page.goto(`${store.url}/admin/audit`)
  await page.getByText('You do not have the permissions for this page').waitFor()
  const refused = await context.request.get(`${store.url}/api/v1/accounts/admin/audit`)
  t.equal(refused.status(), 403, 'the server refuses anyway')
  await goTo(page, 'People')
  await page.getByLabel('Search').fill('noor')
  await page.getByRole('link', { name: people.noor.name }).click()
  await heading(page, people.noor.name)
  for (const name of ['Grant', 'Deactivate', 'Add to a group', 'Sign out everywhere']) {
    t.equal(await page.getByRole('button', { name }).count(), 0, `${name} is not offered`)
  }
}

async function failures(t: Test, store: StoreUnderTest): Promise<void> {
  const { page } = await openAdmin(t, store, 'ada')
  const users = /\/api\/v1\/accounts\/admin\/users$/
  const answer = { status: 503, json: { statusCode: 503, code: 'A0U_DATABASE_UNAVAILABLE', error: '', message: '' } }
  await page.route(users, route => route.fulfill(answer))
  await page.getByRole('navigation').getByRole('link', { name: 'People' }).click()
  await page.getByText('The service is not available at the moment').waitFor()
  await page.unroute(users)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('shown, there are more').waitFor()

  await page.route('**/api/v1/accounts/session/', route => route.abort())
  await page.reload()
  await heading(page, 'The server cannot be reached')
  await page.unroute('**/api/v1/accounts/session/')
  await page.getByRole('button', { name: 'Try again' }).click()
  await heading(page, 'People')
  t.pass('both ways lead on')
}

async function run(t: Test): Promise<void> {
  const store = await startStore(t)
  await t.test('staff approve and refuse requests, and the person sees it', t => decisions(t, store))
  await t.test('who decides second is told, and sees what the first decided', t => collision(t, store))
  await t.test('somebody is found, granted, deactivated and signed out everywhere', t => grants(t, store))
  await t.test('a group is made, granted something and deleted', t => groups(t, store))
  await t.test('an API token is shown once, works, and is revoked', t => tokens(t, store))
  await t.test('an asset is made, changed and deleted', t => assets(t, store))
  await t.test('the audit trail is filtered and read page by page', t => trail(t, store))
  await t.test('reports are drawn, with tables beside them', t => reports(t, store))
  await t.test('a job that gave up is run again', t => jobs(t, store))
  await t.test('whoever signs out has a cookie that is worth nothing', t => signingOut(t, store))
  await t.test('a session that was ended elsewhere leads to the sign-in and back', t => endedElsewhere(t, store))
  await t.test('whoever lacks a permission sees no way and finds none', t => withoutPermission(t, store))
  await t.test('a service that is away is named, and tried again', t => failures(t, store))
}

if (missing) t.plan(0, `skipped: ${missing}`)
else await run(t)
