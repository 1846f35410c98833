import { existsSync } from 'node:fs'
import process from 'node:process'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { testDatabase } from '../../helpers/postgres.ts'
import { startApp } from '../../reference-app/running-app.ts'

const path = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium'
const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

const playwright = await import('playwright-core').catch(() => undefined)

/** Why no browser can be driven here; '' when one can. */
export const missing: string =
  playwright === undefined ? 'playwright-core is not installed' : existsSync(path) ? '' : `no ${path}`

/** The reference app with its demonstration data, and a browser. */
export interface StoreUnderTest {
  readonly url: string
  readonly issuer: string
  /** URL of the database `default`. */
  readonly database: string
  readonly browser: Browser
  /** A person at a browser of their own; what it asks of other servers is in `foreign`. */
  open(t: Test, options?: BrowserContextOptions): Promise<Visit>
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** URLs that were asked of neither the app nor the stand-in. */
  readonly foreign: string[]
  /** What the pages complained about in the console, and errors that nobody caught. */
  readonly complaints: string[]
}

/**
 * Starts both once, for all tests of a file.
 *
 * @param env further environment variables of the app; with `AUTH_DOMAIN` there is no stand-in.
 */
export async function startStore(t: Test, env: Readonly<Record<string, string>> = {}): Promise<StoreUnderTest> {
  if (playwright === undefined) throw new Error(missing)
  const { url: database } = await testDatabase(t, { empty: true, max: 1 })
  const [app, browser] = await Promise.all([
    startApp(t, { DATABASE_URL: database, DATA_DIR: t.testdir({}), DEMO_DATA: 'true', ...env }),
    playwright.chromium.launch({ executablePath: path, args: flags }),
  ])
  t.teardown(() => browser.close())
  const { origin: url } = new URL(app.url)
  const issuer = env['AUTH_DOMAIN'] ?? /stand-in at (\S+)/.exec(app.stdout)?.[1] ?? ''
  return {
    url,
    issuer,
    database,
    browser,
    open: async (t, options = {}) => {
      const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
      t.teardown(() => context.close())
      return await watch(context, [url, new URL(issuer).origin])
    },
  }
}

async function watch(context: BrowserContext, known: readonly string[]): Promise<Visit> {
  const foreign: string[] = []
  const complaints: string[] = []
  context.on('request', request => {
    const { origin, protocol } = new URL(request.url())
    if (!known.includes(origin) && protocol !== 'data:' && protocol !== 'blob:') foreign.push(request.url())
  })
  context.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  context.on('weberror', error => complaints.push(String(error.error())))
  return { context, page: await context.newPage(), foreign, complaints }
}

export interface Registration {
  readonly first: string
  readonly last: string
  readonly phone: string
  readonly title: string
  readonly email: string
}

/** Fills in the registration form and goes on to the identity provider's page. */
export async function fillRegistration(page: Page, person: Registration): Promise<void> {
  await page.getByLabel('First name').fill(person.first)
  await page.getByLabel('Last name').fill(person.last)
  await page.getByLabel('Phone').fill(person.phone)
  await page.getByLabel('Job title').fill(person.title)
  await page.getByLabel('Email').fill(person.email)
  await page.getByRole('button', { name: 'Next: choose a password' }).click()
}

/** At the stand-in: an account for the address that came along. */
export async function createAccount(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Create your account' }).waitFor()
  await page.getByRole('button', { name: 'Create account' }).click()
}

/** At the stand-in: one of the invented people behind a social button. */
export async function choosePerson(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click()
}

export const heading = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
