import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { heading, type StoreUnderTest, type Visit } from './store.ts'

/** The invented people, with the social button that each is behind. */
export const people = {
  ada: { name: 'Ada Okafor', button: 'Continue with Google' },
  mei: { name: 'Mei Tanaka', button: 'Continue with Google' },
  noor: { name: 'Noor Aziz', button: 'Continue with GitHub' },
  tomas: { name: 'Tomás Ferreira', button: 'Continue with GitHub' },
} as const

export type PersonName = keyof typeof people

/** At the stand-in: signs in as one of the invented people. */
export async function signInAs(page: Page, person: PersonName): Promise<void> {
  await page.getByRole('button', { name: people[person].button }).click()
  await page.getByRole('button', { name: people[person].name }).click()
}

/** Somebody in the administration, in a browser of their own, at the overview or the page of `path`. */
export async function openAdmin(
  t: Test,
  store: StoreUnderTest,
  person: PersonName,
  options: BrowserContextOptions & { readonly path?: string } = {},
): Promise<Visit> {
  const { path = '', ...rest } = options
  const visit = await store.open(t, rest)
  await visit.page.goto(`${store.url}/admin${path}`)
  await visit.page.getByRole('button', { name: 'Continue to sign in' }).click()
  await signInAs(visit.page, person)
  await visit.page.locator('#main').waitFor()
  return visit
}

/** Goes to a page by the navigation. */
export async function goTo(page: Page, link: string, title = link): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: link, exact: true }).click()
  await heading(page, title)
}

/** The API as a person calls it with an access token of theirs. */
export interface ApiCaller {
  send(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Readonly<Record<string, unknown>> }>
}

/** Signs somebody in to the store, and calls the API with the access token that the store uses. */
export async function apiOf(t: Test, store: StoreUnderTest, person: PersonName): Promise<ApiCaller> {
  const { page } = await store.open(t)
  await page.goto(`${store.url}/sign-in`)
  const request = page.waitForRequest(sent => sent.headers()['authorization'] !== undefined)
  await signInAs(page, person)
  const authorization = (await request).headers()['authorization'] ?? ''
  return callerWith(store.url, { authorization })
}

export function callerWith(url: string, headers: Readonly<Record<string, string>>): ApiCaller {
  return {
    async send(method, path, body) {
      const content = body === undefined ? {} : { 'content-type': 'application/json' }
      const payload = body === undefined ? {} : { body: JSON.stringify(body) }
      const response = await fetch(`${url}/api/v1${path}`, { method, headers: { ...headers, ...content }, ...payload })
      const text = await response.text()
      return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
    },
  }
}

/** The items of a list. */
export async function itemsOf(api: ApiCaller, path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { body } = await api.send('GET', path)
  return (body['items'] ?? []) as Readonly<Record<string, unknown>>[]
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds on the page that is serious or critical: rule and first place of each. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // Not a script of the page, which its security policy would refuse.
  await page.evaluate(axe)
  const found = await page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary))`)
  return found as string[]
}

/** How many px the page is wider than the window. */
export async function overflow(page: Page): Promise<number> {
  const width = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  return (await page.evaluate(width)) as number
}
