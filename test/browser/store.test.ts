import { readFile } from 'node:fs/promises'
import type { Page, Route } from 'playwright-core'
import t, { type Test } from 'tap'
import { startStandIn } from '#app/stand-in/stand-in.js'
import {
  choosePerson,
  createAccount,
  fillRegistration,
  heading,
  missing,
  type Registration,
  type StoreUnderTest,
  startStore,
} from './support/store.ts'

t.setTimeout(240_000)

const profilePath = '**/api/v1/accounts/users/profile/'

const ahmed: Registration = {
  first: 'Ahmed',
  last: 'AlRajhy',
  phone: '+965 0000 0000',
  title: 'Software Engineer',
  email: 'ahmed@example.test',
}

const saved = (page: Page): Promise<void> => page.getByText('Your profile is saved.').first().waitFor()

/** Sends the form of a new person, as the seed of this project describes it. */
async function register(page: Page, url: string, person: Registration): Promise<void> {
  await page.goto(`${url}/register`)
  await fillRegistration(page, person)
  await createAccount(page)
}

/** Somebody of the staff, in the administration, in a browser of their own. */
async function openAdministration(t: Test, store: StoreUnderTest): Promise<Page> {
  const { page } = await store.open(t)
  await page.goto(`${store.url}/admin/requests`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Continue with Google' }).click()
  await choosePerson(page, 'Mei Tanaka')
  await heading(page, 'Requests')
  return page
}

async function approve(t: Test, store: StoreUnderTest, asker: string): Promise<void> {
  const page = await openAdministration(t, store)
  const card = page.getByRole('listitem').filter({ hasText: asker })
  await card.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await page.getByText('Approved: ').waitFor()
}

async function run(t: Test): Promise<void> {
  const store = await startStore(t)

  await t.test('register, ask for a licence, get it, change, export and delete the profile', async t => {
    const { page, foreign, complaints } = await store.open(t)
    const bodies: string[] = []
    page.on('request', request => bodies.push(`${request.url()} ${request.postData() ?? ''}`))
    await page.goto(store.url)
    await heading(page, 'Pictures, sounds and letters worth keeping')
    await page.getByRole('main').getByRole('link', { name: 'Register' }).click()
    await heading(page, 'Register')
    t.notOk(await page.getByLabel('You may call or write').isChecked(), 'consents are given, not taken')
    await page.getByLabel('You may call or write').check()
    await fillRegistration(page, ahmed)
    const kept = await page.evaluate('JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })')
    t.notMatch(kept, /password/i)
    t.equal(await page.getByLabel('Email address').inputValue(), ahmed.email, 'the address came along (login_hint)')
    await page.getByLabel('Choose a password').fill('correct horse battery')
    await createAccount(page)

    await heading(page, 'Store')
    await saved(page)
    t.equal(await page.evaluate('location.pathname'), '/')
    t.notOk(
      bodies.some(text => text.includes('horse')),
      'the password went nowhere',
    )
    t.equal(await page.evaluate('sessionStorage.getItem("a0u.pending")'), null, 'and the pending data are gone')

    const card = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name: 'Harbour at first light' }) })
    await card.getByRole('link').click()
    await heading(page, 'Harbour at first light')
    await page.getByRole('button', { name: 'Ask for a licence' }).click()
    await page.getByRole('button', { name: 'Send the request' }).click()
    await page.getByText('Please say in a few words').waitFor()
    await page.getByRole('dialog').getByRole('textbox').fill('The poster of a spring concert')
    await page.getByRole('button', { name: 'Send the request' }).click()
    await page.getByText('You asked for a licence').waitFor()
    await page.getByRole('link', { name: 'Requests', exact: true }).click()
    await heading(page, 'My requests')
    await page.getByText('Waiting').waitFor()
    await page.getByRole('link', { name: 'Licences', exact: true }).click()
    await page.getByText('Nothing here yet').waitFor()

    await approve(t, store, 'The poster of a spring concert')

    // A load of the page: the tokens were in memory only, and the person is still signed in.
    await page.reload()
    await heading(page, 'My licences')
    await page.getByRole('heading', { name: 'Harbour at first light' }).waitFor()
    const [certificate] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Certificate' }).click(),
    ])
    t.match(await readFile(await certificate.path(), 'utf8'), 'Harbour at first light')

    await page.getByRole('link', { name: 'Account' }).click()
    await heading(page, 'My account')
    t.equal(await page.getByLabel('Phone').inputValue(), ahmed.phone)
    t.ok(await page.getByLabel('You may call or write').isChecked(), 'the consent of the registration form')
    t.notOk(await page.getByLabel('You may write to me when').isChecked())
    await page.getByLabel('You may write to me when').check()
    await page.getByText('Your consent is recorded.').waitFor()
    await page.getByLabel('Phone').fill('not a number')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('This does not look like a phone number').waitFor()
    // The marked field has the focus.
    await page.locator('input[type=tel]:focus').waitFor()
    await page.getByLabel('Phone').fill('+965 9999 9999')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Your changes are saved.').waitFor()

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download my data' }).click(),
    ])
    t.equal(file.suggestedFilename(), 'personal-data.json')
    const data = JSON.parse(await readFile(await file.path(), 'utf8'))
    t.match(data, { account: Object, profile: Object, consents: Array, activity: Array })
    t.strictSame(data.consents.map(({ purpose }: { purpose: string }) => purpose).sort(), ['contact', 'product_news'])
    t.match(JSON.stringify(data.profile), '+965 9999 9999')

    await page.getByRole('button', { name: 'Delete my profile' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete my profile' }).click()
    await heading(page, 'Complete your profile')
    t.equal(await page.getByLabel('Phone').inputValue(), '')
    t.equal(await page.getByLabel('First name').inputValue(), '')

    await page.getByRole('button', { name: 'Sign out' }).click()
    await heading(page, 'Pictures, sounds and letters worth keeping')
    await page.goto(`${store.url}/account`)
    await heading(page, 'Sign in')
    t.strictSame(foreign, [], 'nothing was asked of another server')
    t.strictSame(complaints, [])
  })

  await t.test('social sign-in, completion form, store; and back to the page one wanted', async t => {
    const { page, context, complaints } = await store.open(t)
    await page.goto(`${store.url}/licences`)
    await heading(page, 'Sign in')
    await page.getByRole('button', { name: 'Continue with GitHub' }).click()
    await choosePerson(page, 'Noor Aziz')
    await heading(page, 'Complete your profile')
    t.equal(await page.getByLabel('First name').inputValue(), 'Noor', 'what the provider knows is filled in')
    await page.getByRole('button', { name: 'Save and continue' }).click()
    await page.getByText('Please look at the marked fields.').waitFor()
    await page.getByLabel('Phone').fill('+965 1111 1111')
    await page.getByLabel('Job title').fill('Editor')
    await page.getByRole('button', { name: 'Save and continue' }).click()
    await heading(page, 'Store')
    await saved(page)

    await page.getByRole('button', { name: 'Sign out' }).click()
    await heading(page, 'Pictures, sounds and letters worth keeping')
    await page.goto(`${store.url}/licences`)
    await page.getByRole('button', { name: 'Continue with GitHub' }).click()
    await choosePerson(page, 'Noor Aziz')
    await heading(page, 'My licences')

    // The provider still knows Noor, this app does not: a new account must not become hers.
    await context.clearCookies({ name: /auth0/ })
    await page.goto(`${store.url}/register`)
    await fillRegistration(page, { ...ahmed, email: 'another@example.test' })
    await createAccount(page)
    await saved(page)
    await page.getByRole('link', { name: 'Account' }).click()
    await page.getByText('another@example.test').waitFor()
    t.strictSame(complaints, [])
  })

  await t.test('when saving fails at the callback the person is told, goes on, and finishes later', async t => {
    const { page } = await store.open(t)
    const fail = (route: Route): Promise<void> =>
      route.request().method() === 'PUT' ? route.fulfill({ status: 503 }) : route.fallback()
    await page.route(profilePath, fail)
    await register(page, store.url, { ...ahmed, email: 'later@example.test' })
    await page.getByText('Saving your profile').waitFor()
    await page.getByText('but your profile could not be saved').waitFor()
    await heading(page, 'Store')
    await page.getByRole('heading', { name: 'Harbour at first light' }).getByRole('link').click()
    await page.getByRole('button', { name: 'Ask for a licence' }).waitFor()

    await page.unroute(profilePath, fail)
    await page.getByRole('button', { name: 'Try to save it again' }).click()
    await saved(page)
    t.equal(await page.getByRole('complementary', { name: 'Your profile' }).count(), 0, 'the reminder is gone')
    await page.getByRole('link', { name: 'Account' }).click()
    t.equal(await page.getByLabel('Phone').inputValue(), ahmed.phone)
  })

  await t.test('pending data older than 30 minutes are not applied', async t => {
    const { page, context } = await store.open(t)
    await context.clock.install()
    await page.goto(`${store.url}/register`)
    await fillRegistration(page, { ...ahmed, email: 'stale@example.test' })
    await page.getByRole('heading', { name: 'Create your account' }).waitFor()
    await context.clock.setSystemTime(Date.now() + 31 * 60_000)
    await createAccount(page)
    await heading(page, 'Complete your profile')
    await page.getByText('more than half an hour ago').waitFor()
    t.equal(await page.getByLabel('Phone').inputValue(), '')
    t.equal(await page.evaluate('sessionStorage.getItem("a0u.pending")'), null)
    await page.getByRole('link', { name: 'Not now' }).click()
    await heading(page, 'Store')
    await page.getByText('Your profile is not complete yet').waitFor()
  })

  await t.test('a sign-in that did not work says so, and offers another', async t => {
    const { page } = await store.open(t)
    await page.goto(`${store.url}/callback?error=access_denied&error_description=Declined&state=unknown`)
    await heading(page, 'You are not signed in')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.ok(page.url().startsWith(store.issuer))
  })

  await t.test('a sign-out at the identity provider ends the session of the administration', async t => {
    const page = await openAdministration(t, store)
    const session = `${store.url}/api/v1/accounts/session/`
    t.equal((await page.request.get(session)).status(), 200)
    const provider = await page.context().newPage()
    await provider.goto(`${store.issuer}v2/logout`)
    await provider.getByRole('heading', { name: 'Signed out' }).waitFor()
    // The app is told by the provider, behind the back of the browser; how soon is not said.
    let status = 200
    for (let asked = 0; asked < 100 && status === 200; asked++) status = (await page.request.get(session)).status()
    t.equal(status, 401)
    await page.reload()
    await heading(page, 'Sign in')
  })

  await t.test('when the API is away the page says so and tries again', async t => {
    const { page } = await store.open(t)
    await page.route('**/api/v1/config', route => route.abort())
    await page.goto(store.url)
    await page.getByText('The store cannot be reached').waitFor()
    await page.unroute('**/api/v1/config')
    await page.getByRole('button', { name: 'Try again' }).click()
    await heading(page, 'Pictures, sounds and letters worth keeping')
  })
}

/** As with a tenant: the app is told of another issuer, and nothing else is different. */
async function runElsewhere(t: Test): Promise<void> {
  const audience = 'https://another-api.example'
  const issuer = await startStandIn({ port: 0, audience, clients: [{ id: 'another-client' }] })
  t.teardown(() => issuer.close())
  const { issuer: domain } = issuer
  const store = await startStore(t, { AUTH_DOMAIN: domain, AUTH_AUDIENCE: audience, AUTH_CLIENT_ID: 'another-client' })
  const { page, foreign, complaints } = await store.open(t)
  await register(page, store.url, ahmed)
  await heading(page, 'Store')
  await saved(page)
  await page.reload()
  await page.getByRole('heading', { name: 'Harbour at first light' }).waitFor()
  t.strictSame(foreign, [])
  t.strictSame(complaints, [])
}

if (missing) t.plan(0, `skipped: ${missing}`)
else {
  await t.test('the store, with the stand-in that the app brings', run)
  await t.test('the store, with another issuer on another port', runElsewhere)
}
