import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { choosePerson, createAccount, fillRegistration, heading, missing, startStore } from './support/store.ts'

t.setTimeout(240_000)

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly target: readonly string[] }[]
}

/** What axe calls serious or critical on the page as it is, and whether the page is wider than the window. */
async function examine(t: Test, page: Page, name: string): Promise<void> {
  await page.evaluate(axe)
  const { passes, violations } = (await page.evaluate(
    'axe.run().then(({ passes, violations }) => ({ passes: passes.length, violations }))',
  )) as { passes: number; violations: Finding[] }
  t.ok(passes > 10, `${name}: axe looked at the page`)
  const bad = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(node => node.target.join(' ')).join(', ')}`)
  t.strictSame(bad, [], `${name}: axe finds nothing serious`)
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  t.equal(overflow, 0, `${name}: nothing is wider than the window`)
}

type Walk = (page: Page, look: (name: string) => Promise<void>, email: string) => Promise<void>

const visitorPages: Walk = async (page, look, email) => {
  await heading(page, 'Pictures, sounds and letters worth keeping')
  await look('landing')
  await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click()
  await heading(page, 'Sign in')
  await look('sign-in')
  await page.getByRole('main').getByRole('link', { name: 'Register' }).click()
  await heading(page, 'Register')
  await page.getByRole('button', { name: 'Next: choose a password' }).click()
  await page.getByText('Please look at the marked fields.').waitFor()
  await look('register with faults')
  const person = { first: 'Ines', last: 'Vale', phone: '+965 2222 2222', title: 'Designer', email }
  await fillRegistration(page, person)
  await page.getByRole('heading', { name: 'Create your account' }).waitFor()
  await look('sign-up of the stand-in')
  await createAccount(page)
}

const memberPages: Walk = async (page, look) => {
  await page.getByRole('heading', { name: 'Harbour at first light' }).waitFor()
  await look('store')
  await page.getByRole('searchbox').fill('no such thing')
  await page.getByRole('heading', { name: 'Nothing fits' }).waitFor()
  await look('store without results')
  await page.getByRole('searchbox').fill('harbour')
  await page.getByRole('heading', { name: 'Harbour at first light' }).getByRole('link').click()
  await page.getByRole('button', { name: 'Ask for a licence' }).click()
  await look('dialog')
  await page.getByRole('dialog').getByRole('textbox').fill('A calendar')
  await page.getByRole('button', { name: 'Send the request' }).click()
  await page.getByText('You asked for a licence').waitFor()
  await look('asset')
  await page.getByRole('link', { name: 'My requests' }).click()
  await page.getByText('A calendar').waitFor()
  await look('requests')
  await page.getByRole('link', { name: 'Licences', exact: true }).click()
  await page.getByText('Nothing here yet').waitFor()
  await look('licences')
  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByText('Account created').waitFor()
  await look('account')
  await page.getByRole('button', { name: 'Delete my profile' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete my profile' }).click()
  await heading(page, 'Complete your profile')
  await look('completion')
}

const looks: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
  ['light', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }],
  ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
  ['narrow-dark', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
]

/** How far things moved by themselves since the page was loaded (cumulative layout shift). */
const shifts = `new Promise(resolve => {
  const observer = new PerformanceObserver(() => {})
  observer.observe({ type: 'layout-shift', buffered: true })
  requestAnimationFrame(() => resolve(observer.takeRecords().reduce((sum, { value }) => sum + value, 0)))
})`

async function run(t: Test): Promise<void> {
  const store = await startStore(t)

  for (const [name, options] of looks) {
    await t.test(`every page is accessible: ${name}`, async t => {
      const { page, complaints } = await store.open(t, options)
      const look = (what: string): Promise<void> => examine(t, page, what)
      await page.goto(store.url)
      for (const walk of [visitorPages, memberPages]) await walk(page, look, `${name}@example.test`)
      t.strictSame(complaints, [])
      await page.goto(`${store.url}/nowhere`)
      await heading(page, 'Page not found')
      await look('no such page')
      await page.goto(`${store.url}/callback?error=access_denied&state=unknown`)
      await heading(page, 'You are not signed in')
      await look('failed sign-in')
    })
  }

  await t.test('the store can be used with the keyboard alone, and the focus follows the page', async t => {
    const { page } = await store.open(t)
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent.trim()')
    await page.goto(store.url)
    await heading(page, 'Pictures, sounds and letters worth keeping')
    await page.keyboard.press('Tab')
    t.equal(await focused(), 'Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    t.equal(await focused(), 'Register', 'the first link of the content')
    await page.keyboard.press('Enter')
    await page.locator('h1:focus').getByText('Register').waitFor()
    t.equal(await page.title(), 'Register – Verso')

    await page.goto(`${store.url}/sign-in`)
    await page.getByRole('button', { name: 'Continue with Google' }).focus()
    await page.keyboard.press('Enter')
    await choosePerson(page, 'Ada Okafor')
    await heading(page, 'Complete your profile')
    await page.getByRole('link', { name: 'Not now' }).press('Enter')
    await page.getByRole('heading', { name: 'Harbour at first light' }).waitFor()
    await page.getByRole('radio', { name: 'Everything' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByRole('heading', { name: 'Quarter circles' }).waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'Harbour at first light' }).getByRole('link').press('Enter')
    await page.locator('h1').getByText('Harbour at first light').waitFor()
    await page.getByRole('button', { name: 'Ask for a licence' }).press('Enter')
    await page.locator('dialog textarea:focus').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.equal(await focused(), 'Ask for a licence', 'the focus is back where it was')
    await page.goBack()
    await heading(page, 'Store')
    await page.locator('h1:focus').waitFor()
  })

  for (const [name, options] of looks.filter(([look]) => !look.includes('dark'))) {
    await t.test(`nothing jumps while pages load: ${name}`, async t => {
      const { page } = await store.open(t, options)
      await page.goto(`${store.url}/sign-in`)
      await page.getByRole('button', { name: 'Continue with GitHub' }).click()
      await choosePerson(page, 'Tomás Ferreira')
      await page.getByRole('link', { name: 'Not now' }).click()
      const asset = page.getByRole('heading', { name: 'Harbour at first light' })
      const path = await asset.getByRole('link').getAttribute('href')
      for (const [url, text] of [
        ['/', 'Harbour at first light'],
        [path ?? '', 'About this work'],
        ['/requests', 'Nothing here yet'],
        ['/licences', 'Nothing here yet'],
        ['/account', 'Activity'],
        ['/complete-profile', 'Save and continue'],
      ] as const) {
        await page.goto(store.url + url)
        await page.getByText(text).first().waitFor()
        await page.waitForLoadState('networkidle')
        t.ok(((await page.evaluate(shifts)) as number) < 0.02, `${url} stays where it is`)
      }
    })
  }

  await t.test('the list goes on where it stopped, and answers to search and kind', async t => {
    const { page } = await store.open(t)
    await page.goto(`${store.url}/sign-in`)
    await page.getByRole('button', { name: 'Continue with GitHub' }).click()
    await choosePerson(page, 'Tomás Ferreira')
    await page.getByRole('link', { name: 'Not now' }).click()
    const cards = page.getByRole('main').getByRole('heading', { level: 2 })
    await page.getByRole('button', { name: 'Show more' }).click()
    await cards.nth(12).waitFor()
    const titles = await cards.allTextContents()
    t.equal(new Set(titles).size, titles.length, 'no work twice')
    await page.getByText('Fonts', { exact: true }).click()
    await page.getByText('Font', { exact: true }).first().waitFor()
    await page.getByText('Photo', { exact: true }).first().waitFor({ state: 'detached' })
    await page.getByRole('searchbox').fill('halden')
    await page.getByRole('heading', { name: 'Halden Grotesk' }).waitFor()
  })
}

if (missing) t.plan(0, `skipped: ${missing}`)
else await run(t)
