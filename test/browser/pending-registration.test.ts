import { existsSync, readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import type { BrowserContext, Frame, Page } from 'playwright-core'
import t, { type Test } from 'tap'

const modules = join(import.meta.dirname, '../../packages/fastify-auth0-users/dist/browser')
const profile = '/api/v1/accounts/users/profile/'
const path = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium'
const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

const playwright = await import('playwright-core').catch(() => undefined)
const missing = playwright === undefined ? 'playwright-core is not installed' : existsSync(path) ? '' : `no ${path}`

type Answer = (response: ServerResponse) => unknown
const answerWith =
  (status: number): Answer =>
  response =>
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"From the server"}')
const hang: Answer = () => undefined

/** Serves the compiled modules, a page that imports them, and the profile. */
async function startSite(t: Test) {
  const site = { origin: '', bodies: [] as unknown[], answers: [] as Answer[] }
  const server = createServer(async (request, response) => {
    const url = request.url ?? ''
    if (request.method === 'PUT' && url === profile) {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      site.bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
      const answer = site.answers.shift() ?? answerWith(200)
      answer(response)
      return
    }
    const script = /^\/modules\/(\w+\.js)$/.exec(url)?.[1]
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    // The sandboxed frame has an origin of its own.
    response.setHeader('access-control-allow-origin', '*')
    const start = `import('${site.origin}/modules/index.js').then(loaded => { globalThis.lib = loaded })`
    response.end(script ? readFileSync(join(modules, script)) : `<!doctype html><script>${start}</script>`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  site.origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return site
}

const form = `{ first_name: 'Ahmed', profile_data: { phone: '009650000000', title: 'Software Engineer' } }`
const sent = { first_name: 'Ahmed', profile_data: { phone: '009650000000', title: 'Software Engineer' } }

async function open(context: BrowserContext, origin: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${origin}/callback`)
  await ready(page)
  return page
}

const ready = (frame: Page | Frame) => frame.waitForFunction('globalThis.lib !== undefined', undefined, { polling: 20 })

const save = (frame: Page | Frame, more = '') => frame.evaluate(`lib.savePending(${form}, { state: 's1', ${more} })`)

const complete = (frame: Page | Frame, more = '') =>
  frame.evaluate(`lib.completeRegistration({ token: 'token', state: 's1', wait: async () => {}, ${more} })`)

const local = 'storage: lib.newTabStorage'

async function run(t: Test, playwright: typeof import('playwright-core')): Promise<void> {
  const browser = await playwright.chromium.launch({ executablePath: path, args: flags })
  t.teardown(() => browser.close())
  const start = async (t: Test) => {
    const [context, site] = await Promise.all([browser.newContext(), startSite(t)])
    t.teardown(() => context.close())
    return { context, site }
  }

  await t.test('after the redirect the data are saved as the profile, once', async t => {
    const { context, site } = await start(t)
    const page = await open(context, site.origin)
    t.strictSame(await save(page), { status: 'saved', state: 's1' })
    await page.goto(`${site.origin}/authorize`)
    await page.goto(`${site.origin}/callback`)
    await ready(page)
    // As a framework that runs an effect twice.
    t.strictSame(await page.evaluate('sessionStorage.length'), 1)
    const both = `Promise.all([1, 2].map(() => lib.completeRegistration({ token: 'token', state: 's1' })))`
    t.strictSame(await page.evaluate(both), [{ status: 'saved' }, { status: 'nothing' }])
    t.strictSame(site.bodies, [sent])
    t.strictSame(await page.evaluate('sessionStorage.length'), 0)
    t.match(await page.evaluate(`lib.savePending(${form}).state`), /^[0-9a-f-]{36}$/, 'a state is made up')
  })

  await t.test('half an hour later by the clock of the page the data have expired', async t => {
    const { context, site } = await start(t)
    // Another state each, because a state that was applied stays locked for a second.
    for (const store of ['', `state: 's2', ${local}`]) {
      const page = await open(context, site.origin)
      await page.clock.setFixedTime('2026-01-01T12:00:00Z')
      await save(page, store)
      await page.clock.setFixedTime('2026-01-01T12:30:00Z')
      t.strictSame(await complete(page, store), { status: 'expired' })
      t.strictSame(await complete(page, store), { status: 'nothing' })
      await save(page, store)
      await page.clock.setFixedTime('2026-01-01T12:59:59Z')
      t.strictSame(await complete(page, store), { status: 'saved' })
    }
    t.equal(site.bodies.length, 2)
  })

  await t.test('a tab that is closed takes its data with it, unless they were saved for a new tab', async t => {
    const { context, site } = await start(t)
    for (const [store, status] of [
      ['', 'nothing'],
      [local, 'saved'],
    ] as const) {
      // biome-ignore format: pairs
      const first = await open(context, site.origin)
      await save(first, store)
      await first.close()
      t.strictSame(await complete(await open(context, site.origin), store), { status })
    }
  })

  await t.test('a tab that is closed while it saves leaves the data to the next one', async t => {
    const { context, site } = await start(t)
    site.answers.push(hang)
    const first = await open(context, site.origin)
    await save(first, local)
    const request = first.waitForRequest(`${site.origin}${profile}`)
    const pending = complete(first, local).catch(() => 'closed')
    await request
    const second = await open(context, site.origin)
    t.strictSame(await complete(second, local), { status: 'nothing' }, 'the first tab is at it')
    await first.close()
    t.equal(await pending, 'closed')
    // The browser gives the lock back when the tab is gone.
    await second.evaluate(`navigator.locks.request('a0u.pendings1', () => {})`)
    t.strictSame(await complete(second, local), { status: 'saved' })
  })

  await t.test('when saving fails three times the data are kept, over a reload too', async t => {
    const { context, site } = await start(t)
    const page = await open(context, site.origin)
    for (const store of ['', `state: 's2', ${local}`]) {
      site.bodies.length = 0
      site.answers = [answerWith(503), answerWith(502), answerWith(500)]
      await save(page, store)
      const expected = { status: 'failed', reason: 'server', httpStatus: 500, message: 'From the server' }
      t.strictSame(await complete(page, store), expected)
      await context.setOffline(true)
      t.strictSame(await complete(page, store), { status: 'failed', reason: 'network' })
      await context.setOffline(false)
      await page.reload()
      await ready(page)
      site.answers = [answerWith(400)]
      t.match(await complete(page, store), { status: 'failed', reason: 'rejected', httpStatus: 400 })
      t.strictSame(await complete(page, store), { status: 'saved' })
      t.strictSame(site.bodies, [sent, sent, sent, sent, sent])
    }
  })

  await t.test('of tabs that come back at once one applies the data', async t => {
    const { context, site } = await start(t)
    const tabs = [await open(context, site.origin), await open(context, site.origin), await open(context, site.origin)]
    for (let round = 1; round <= 20; round++) {
      const state = `state: 'round ${round}', ${local}`
      await tabs[round % 3]?.evaluate(`lib.savePending(${form}, { ${state} })`)
      const results = (await Promise.all(tabs.map(tab => complete(tab, state)))) as { status: string }[]
      t.strictSame(results.map(({ status }) => status).sort(), ['nothing', 'nothing', 'saved'])
    }
    t.equal(site.bodies.length, 20)
  })

  await t.test('of a tab and its duplicate one applies the data at once', async t => {
    const { context, site } = await start(t)
    const page = await open(context, site.origin)
    await save(page)
    const [copy] = await Promise.all([context.waitForEvent('page'), page.evaluate(`void open('/callback')`)])
    await ready(copy)
    t.equal(await copy.evaluate('sessionStorage.length'), 1, 'the store was copied')
    const results = (await Promise.all([complete(page), complete(copy)])) as { status: string }[]
    t.strictSame(results.map(({ status }) => status).sort(), ['nothing', 'saved'])
    t.equal(site.bodies.length, 1)
  })

  await t.test('a store that is full or blocked is reported, never thrown', async t => {
    const { context, site } = await start(t)
    const unavailable = { status: 'failed', reason: 'unavailable' }
    const page = await open(context, site.origin)
    const fill = (store: string) => `
      for (let size = 1 << 22; size >= 1; size /= 2)
        try { for (let i = 0; ; i++) ${store}.setItem(size + ' ' + i, 'x'.repeat(size)) } catch {}`
    await page.evaluate(`${fill('sessionStorage')}; ${fill('localStorage')}`)
    t.strictSame(await save(page), unavailable)
    t.strictSame(await save(page, local), unavailable)
    t.strictSame(await complete(page), { status: 'nothing' })

    await page.setContent(`<iframe sandbox="allow-scripts" src="${site.origin}/callback"></iframe>`)
    const frame = page.frames().find(one => one.parentFrame() !== null)
    if (frame === undefined) throw new Error('there is no frame')
    await ready(frame)
    await t.rejects(frame.evaluate('sessionStorage'), /SecurityError|Access is denied/, 'the store is blocked')
    t.strictSame(await save(frame), unavailable)
    t.strictSame(await save(frame, local), unavailable)
    t.strictSame(await complete(frame), unavailable)
    t.equal(site.bodies.length, 0)
  })

  await t.test('a field of a password form is refused by its type', async t => {
    const { context, site } = await start(t)
    const page = await open(context, site.origin)
    for (const value of ['document.createElement("input")', 'new FormData()', 'new File([], "x")', '() => 1']) {
      const result = await page.evaluate(`lib.savePending({ profile_data: { field: ${value} } })`)
      t.strictSame(result, { status: 'refused', field: 'field' }, value)
    }
    t.equal(await page.evaluate('sessionStorage.length'), 0)
  })
}

if (playwright === undefined || missing) t.plan(0, `skipped: ${missing}`)
else await run(t, playwright)
