import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { apiOf, itemsOf, openAdmin, overflow, people, seriousFaults, signInAs } from './support/admin.ts'
import { heading, missing, type StoreUnderTest, startStore } from './support/store.ts'

t.setTimeout(480_000)

const looks = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  '360 px': { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
} as const

/** Every page, with its heading. */
async function allPages(t: Test, store: StoreUnderTest): Promise<readonly (readonly [path: string, title: string])[]> {
  const ada = await apiOf(t, store, 'ada')
  const [mei] = await itemsOf(ada, '/accounts/admin/users?search=mei')
  const [group] = await itemsOf(ada, '/accounts/admin/groups')
  const [asset] = await itemsOf(ada, '/store/assets')
  return [
    ['', 'Overview'],
    ['/requests', 'Requests'],
    ['/assets', 'Assets'],
    ['/assets/new', 'New asset'],
    [`/assets/${asset?.['id']}`, String(asset?.['title'])],
    ['/users', 'People'],
    [`/users/${mei?.['id']}`, people.mei.name],
    ['/groups', 'Groups'],
    [`/groups/${group?.['id']}`, String(group?.['name'])],
    ['/reports', 'Reports'],
    ['/audit', 'Audit trail'],
    ['/jobs', 'Background jobs'],
    ['/tokens', 'API tokens'],
    ['/nowhere', 'Page not found'],
  ]
}

/** Until nothing is loading any more. */
const settled = (page: Page): Promise<void> => page.locator('.skeleton').first().waitFor({ state: 'detached' })

/** Adds up, in every page that is opened from now on, how much of it moves while it is loaded (layout shifts). */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(`window.moved = 0
    new PerformanceObserver(list => { for (const entry of list.getEntries()) window.moved += entry.value })
      .observe({ type: 'layout-shift', buffered: true })`)
  return async () => (await page.evaluate('window.moved')) as number
}

async function everyPage(t: Test, store: StoreUnderTest, look: keyof typeof looks): Promise<void> {
  const pages = await allPages(t, store)
  const { page } = await openAdmin(t, store, 'ada', looks[look])
  const shifts = await watchShifts(page)
  for (const [path, title] of pages) {
    await page.goto(`${store.url}/admin${path}`)
    await heading(page, title)
    await settled(page)
    t.strictSame(await seriousFaults(page), [], `${title}: axe finds nothing serious`)
    t.equal(await overflow(page), 0, `${title}: as wide as the window`)
    const moved = await shifts()
    t.ok(moved < 0.1, `${title}: nothing jumps (${moved.toFixed(3)})`)
  }
}

const focusedText = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.textContent')

async function dialogs(t: Test, store: StoreUnderTest): Promise<void> {
  const { page } = await openAdmin(t, store, 'ada', looks['360 px'])
  const [, , , , , , user = ['', '']] = await allPages(t, store)
  const places = [
    ['/requests', 'Approve'],
    ['/requests', 'Refuse'],
    ['/groups', 'New group'],
    ['/tokens', 'New token'],
    ['/audit', 'Anybody'],
    [user[0], 'Grant'],
    [user[0], 'Add to a group'],
    [user[0], 'Deactivate'],
  ] as const
  for (const [path, button] of places) {
    await page.goto(`${store.url}/admin${path}`)
    const opener = page.getByRole('button', { name: button }).first()
    await opener.press('Enter')
    await page.getByRole('dialog').waitFor()
    await settled(page)
    t.strictSame(await seriousFaults(page), [], `${button}: axe finds nothing serious`)
    t.equal(await overflow(page), 0, `${button}: as wide as the window`)
    t.equal(await page.evaluate('document.activeElement.closest("dialog") !== null'), true, 'the focus is inside')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.match(await focusedText(page), button, `${button}: the focus comes back`)
  }
}

async function keyboard(t: Test, store: StoreUnderTest): Promise<void> {
  const { page } = await openAdmin(t, store, 'ada')
  await heading(page, 'Overview')
  await page.reload()
  await heading(page, 'Overview')
  await page.keyboard.press('Tab')
  t.equal(await focusedText(page), 'To the content', 'the first stop leads past the links')
  const requests = page.getByRole('navigation').getByRole('link', { name: 'Requests' })
  await requests.focus()
  await page.keyboard.press('Enter')
  await heading(page, 'Requests')
  t.equal(await page.evaluate('document.activeElement.tagName + document.activeElement.textContent'), 'H1Requests')
  t.equal(await page.title(), 'Requests – Administration – Verso')
  await page.goBack()
  await heading(page, 'Overview')

  await page.setViewportSize({ width: 360, height: 740 })
  const menu = page.getByRole('button', { name: 'Menu' })
  await menu.press('Enter')
  t.equal(await menu.getAttribute('aria-expanded'), 'true')
  t.strictSame(await seriousFaults(page), [], 'the open menu')
  await page.keyboard.press('Escape')
  t.equal(await menu.getAttribute('aria-expanded'), 'false')
  t.equal(await page.getByRole('navigation').count(), 0, 'what is closed cannot be reached')
}

async function screens(t: Test, store: StoreUnderTest): Promise<void> {
  for (const look of Object.values(looks)) {
    const { page } = await store.open(t, look)
    await page.goto(`${store.url}/admin`)
    await heading(page, 'Sign in')
    t.strictSame(await seriousFaults(page), [], 'signing in')
    await page.getByRole('button', { name: 'Continue to sign in' }).click()
    await signInAs(page, 'noor')
    await heading(page, 'This part is for staff')
    t.strictSame(await seriousFaults(page), [], 'not for this person')
    t.equal(await overflow(page), 0)
  }
}

async function run(t: Test): Promise<void> {
  const store = await startStore(t)
  for (const look of Object.keys(looks) as (keyof typeof looks)[]) {
    await t.test(`every page, ${look}`, t => everyPage(t, store, look))
  }
  await t.test('dialogs, at 360 px, by the keyboard', t => dialogs(t, store))
  await t.test('pages by the keyboard', t => keyboard(t, store))
  await t.test('the screens before one is in', t => screens(t, store))
}

if (missing) t.plan(0, `skipped: ${missing}`)
else await run(t)
