import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import {
  type CompleteOptions,
  completeRegistration,
  type LocksLike,
  newTabStorage,
  type PendingData,
  type StorageLike,
  savePending,
  takePending,
} from '#plugin/browser/index.js'

const halfHour = 30 * 60_000
const key = 'a0u.pending'
const form: PendingData = {
  first_name: 'Ahmed',
  last_name: 'AlRajhy',
  profile_data: { phone: '009650000000', title: 'Software Engineer' },
}

class MapStorage implements StorageLike {
  readonly entries = new Map<string, string>()
  getItem(name: string) {
    return this.entries.get(name) ?? null
  }
  setItem(name: string, value: string) {
    this.entries.set(name, value)
  }
  removeItem(name: string) {
    this.entries.delete(name)
  }
}

/** Locks as Web Locks has them, for the tabs of one process. */
function createLocks(): LocksLike & { readonly held: Set<string> } {
  const held = new Set<string>()
  const request: LocksLike['request'] = async (name, _options, work) => {
    if (held.has(name)) return await work(null)
    held.add(name)
    try {
      return await work({ name })
    } finally {
      held.delete(name)
    }
  }
  return { held, request }
}

function createTab(clock = { time: Date.now() }) {
  const store = new MapStorage()
  const locks = createLocks()
  return { store, locks, clock, options: { storage: () => store, locks, now: () => clock.time } }
}

type Answer = (response: ServerResponse) => unknown
const answerWith =
  (status: number, body: string): Answer =>
  response =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
const lose: Answer = response => response.destroy()

/** A server that gives these answers one after the other, the last one for ever. */
async function startServer(t: Test, ...answers: Answer[]) {
  const requests: { line: string; authorization: string | undefined; type: string | undefined; body: unknown }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { authorization, 'content-type': type } = request.headers
    const body = JSON.parse(Buffer.concat(chunks).toString())
    requests.push({ line: `${request.method} ${request.url}`, authorization, type, body })
    answers[Math.min(requests.length, answers.length) - 1]?.(response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/accounts/users/profile/`
  return { requests, url }
}

function completion(tab: ReturnType<typeof createTab>, url: string, more: Partial<CompleteOptions> = {}) {
  const waits: number[] = []
  const wait = async (seconds: number) => waits.push(seconds)
  return { waits, options: { ...tab.options, token: 'token', url, state: 'state-1', wait, ...more } }
}

const saveAs = (tab: ReturnType<typeof createTab>, state = 'state-1') => savePending(form, { ...tab.options, state })

t.test('the data come back for the sign-in they were saved for, and only there', async t => {
  const tab = createTab()
  t.strictSame(saveAs(tab), { status: 'saved', state: 'state-1' })
  for (const state of ['state-2', '', undefined]) {
    t.strictSame(await takePending({ ...tab.options, state }), { status: 'nothing' }, `state ${state}`)
  }
  t.match(await takePending({ ...tab.options, state: 'state-1' }), { status: 'taken', data: form })
})

t.test('a state is made up where none is given, another one each time', async t => {
  const tab = createTab()
  const [first, second] = [savePending(form, tab.options), savePending(form, { ...tab.options, state: '' })]
  if (first.status !== 'saved' || second.status !== 'saved') throw new Error('not saved')
  t.match(first.state, /^[0-9a-f-]{36}$/)
  t.not(first.state, second.state)
  t.match(await takePending({ ...tab.options, state: first.state }), { status: 'nothing' }, 'the later one replaced it')
  t.match(await takePending({ ...tab.options, state: second.state }), { status: 'taken' })
})

t.test('the data expire 30 minutes after they were saved, by the clock that was given', async t => {
  const tab = createTab()
  const start = tab.clock.time
  const cases: [number, string][] = [
    [0, 'taken'],
    [halfHour - 1, 'taken'],
    [-halfHour + 1, 'taken'],
    [halfHour, 'expired'],
    [-halfHour, 'expired'],
    [100 * halfHour, 'expired'],
  ]
  for (const [moved, status] of cases) {
    tab.clock.time = start
    saveAs(tab, `state ${moved}`)
    tab.clock.time = start + moved
    t.match(await takePending({ ...tab.options, state: `state ${moved}` }), { status }, `${moved} ms later`)
    t.equal(tab.store.entries.has(key), status === 'taken', 'what expired is removed')
  }
})

t.test('what expired is removed by any sign-in, and reported to its own alone', async t => {
  const tab = createTab()
  saveAs(tab)
  tab.clock.time += halfHour
  t.strictSame(await takePending({ ...tab.options, state: undefined }), { status: 'nothing' })
  t.equal(tab.store.entries.size, 0)
})

t.test('data are taken by one call at a time, and given back or deleted', async t => {
  const tab = createTab()
  saveAs(tab)
  const take = () => takePending({ ...tab.options, state: 'state-1' })
  const [first, second] = await Promise.all([take(), take()])
  t.match([first, second], [{ status: 'taken' }, { status: 'nothing' }])
  if (first.status !== 'taken') return
  first.done(false)
  await new Promise(setImmediate)
  const again = await take()
  t.match(again, { status: 'taken' }, 'it was kept')
  if (again.status !== 'taken') return
  again.done(true)
  t.equal(tab.store.entries.size, 0)
  t.strictSame(await take(), { status: 'nothing' })
})

t.test('a registration that was saved in the meantime is not deleted with the earlier one', async t => {
  const tab = createTab()
  saveAs(tab)
  const taken = await takePending({ ...tab.options, state: 'state-1' })
  saveAs(tab, 'state-2')
  if (taken.status === 'taken') taken.done(true)
  t.match(await takePending({ ...tab.options, state: 'state-2' }), { status: 'taken' })
})

t.test('a property that looks like a password is refused at any depth', async t => {
  const names = [
    ...['password', 'Password', 'passwd', 'pwd', 'userPwd', 'pass', 'pw', 'pin', 'passphrase', 'pass_code'],
    ...[
      'PASS-WORD',
      'new_password',
      'passwort',
      'ｐａｓｓｗｏｒｄ',
      'pässword',
      'clientSecret',
      'credentials',
      'access_token',
    ],
  ]
  for (const name of names) {
    for (const data of [{ [name]: 'x' }, { profile_data: { list: [{ deep: { [name]: 'x' } }] } }]) {
      const tab = createTab()
      const result = savePending(data as PendingData, tab.options)
      t.strictSame(result, { status: 'refused', field: name })
      t.equal(tab.store.entries.size, 0)
    }
  }
  for (const name of ['passport', 'compass', 'passenger', 'secretary', 'shipping', 'pincode', 'title', 'phone']) {
    t.match(savePending({ profile_data: { [name]: 'x' } }, createTab().options), { status: 'saved' }, name)
  }
})

t.test('what is no JSON is refused by its type', async t => {
  class PasswordCredential {
    readonly id = 'x'
    get [Symbol.toStringTag]() {
      return 'PasswordCredential'
    }
  }
  const circle: Record<string, unknown> = {}
  circle['field'] = circle
  const fails = { get field() { throw new Error('no') } } // biome-ignore format: one line
  const values = [() => 1, Symbol('x'), 1n, Number.NaN, Number.POSITIVE_INFINITY, new Map(), new Blob(['x'])]
  for (const value of [...values, new FormData(), /x/, new Uint8Array(1), new PasswordCredential(), circle]) {
    const tab = createTab()
    const data = { profile_data: { field: value } } as unknown as PendingData
    t.strictSame(savePending(data, tab.options), { status: 'refused', field: 'field' }, typeof value)
    t.equal(tab.store.entries.size, 0)
  }
  t.match(savePending({ profile_data: fails as never }, createTab().options), { status: 'refused' })
  const profile_data = {
    s: '\ud800"',
    n: -1.5,
    b: false,
    none: null,
    list: [1, ['a']],
    o: { deep: {} },
    gone: undefined,
  }
  const tab = createTab()
  t.match(savePending({ profile_data }, { ...tab.options, state: 'state-1' }), { status: 'saved' })
  const taken = await takePending({ ...tab.options, state: 'state-1' })
  const { gone, ...kept } = profile_data
  t.equal(gone, undefined)
  t.strictSame(taken.status === 'taken' && taken.data, { profile_data: kept })
})

t.test('a store that is full, blocked, missing or filled with junk is reported, never thrown', async t => {
  const blocked = () => {
    throw new Error('SecurityError')
  }
  const full = Object.assign(new MapStorage(), { setItem: blocked })
  const unavailable = { status: 'failed', reason: 'unavailable' }
  const { locks } = createTab()
  t.strictSame(savePending(form, { storage: () => full }), unavailable)
  for (const storage of [blocked, () => null as unknown as StorageLike, undefined]) {
    t.strictSame(savePending(form, { storage }), unavailable)
    t.strictSame(await takePending({ state: 'x', storage, locks }), unavailable)
  }
  t.equal(locks.held.size, 0, 'no lock stays behind')
  const rejects = { request: () => Promise.reject(new Error('SecurityError')) }
  for (const broken of [undefined, rejects]) {
    // Later versions of Node have Web Locks.
    if (broken === undefined && Reflect.get(Reflect.get(globalThis, 'navigator') ?? {}, 'locks')) continue
    t.strictSame(await takePending({ state: 'x', storage: () => new MapStorage(), locks: broken }), unavailable)
  }
  for (const junk of [
    '',
    '{',
    'null',
    '1',
    '"x"',
    '[]',
    '{}',
    '{"state":"x"}',
    '{"state":"x","at":"soon"}',
    '{"at":1}',
  ]) {
    const tab = createTab()
    tab.store.setItem(key, junk)
    const result = await takePending({ ...tab.options, state: 'y' })
    t.strictSame(result, { status: 'nothing' }, junk)
    t.equal(tab.store.entries.size, 0, 'junk is removed')
  }
  const tab = createTab()
  saveAs(tab)
  const taken = await takePending({ ...tab.options, state: 'state-1' })
  tab.store.getItem = blocked
  if (taken.status === 'taken') t.doesNotThrow(() => taken.done(true), 'blocked in the meantime')
})

t.test("the page's own stores are used by default, and the adapter opens localStorage", async t => {
  const stores = { sessionStorage: new MapStorage(), localStorage: new MapStorage() }
  for (const [name, value] of Object.entries(stores)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name)
    Object.defineProperty(globalThis, name, { value, configurable: true })
    t.teardown(() =>
      before ? Object.defineProperty(globalThis, name, before) : Reflect.deleteProperty(globalThis, name),
    )
  }
  savePending(form)
  t.strictSame([...stores.sessionStorage.entries.keys()], [key])
  t.equal(stores.localStorage.entries.size, 0)
  const saved = savePending(form, { storage: newTabStorage })
  const state = saved.status === 'saved' ? saved.state : undefined
  t.strictSame([...stores.localStorage.entries.keys()], [key])
  const { locks } = createTab()
  t.match(await takePending({ state, locks, storage: newTabStorage }), { status: 'taken', data: form })
})

t.test('the profile is PUT in the names of the API, and the data are deleted', async t => {
  const { requests, url } = await startServer(t, answerWith(200, '{}'))
  const tab = createTab()
  saveAs(tab)
  const { options, waits } = completion(tab, url)
  t.strictSame(await completeRegistration(options), { status: 'saved' })
  const line = 'PUT /api/v1/accounts/users/profile/'
  t.strictSame(requests, [{ line, authorization: 'Bearer token', type: 'application/json', body: form }])
  t.equal(tab.store.entries.size, 0)
  t.strictSame(await completeRegistration(options), { status: 'nothing' })
  t.equal(requests.length, 1)
  t.strictSame(waits, [])
})

t.test('nothing is sent when nothing was saved or it expired', async t => {
  const { requests, url } = await startServer(t, answerWith(200, '{}'))
  const tab = createTab()
  const { options } = completion(tab, url)
  t.strictSame(await completeRegistration(options), { status: 'nothing' })
  saveAs(tab)
  tab.clock.time += halfHour
  t.strictSame(await completeRegistration(options), { status: 'expired' })
  t.equal(requests.length, 0)
})

t.test('a 5xx answer and a lost connection are tried again, later each time', async t => {
  const { requests, url } = await startServer(t, answerWith(503, '{}'), lose, answerWith(200, '{}'))
  const tab = createTab()
  saveAs(tab)
  const { options, waits } = completion(tab, url)
  t.strictSame(await completeRegistration(options), { status: 'saved' })
  t.equal(requests.length, 3)
  const [first = 0, second = 0] = waits
  t.ok(first >= 1 && first < 2 && second >= 2 && second < 4 && waits.length === 2, `waited ${waits}`)
})

t.test('after three failures the data are kept, the caller is told, and it can be tried again', async t => {
  const down = answerWith(503, '{"message":"The database cannot be reached at the moment"}')
  const { requests, url } = await startServer(t, down, down, down, lose, lose, lose, answerWith(200, '{}'))
  const tab = createTab()
  saveAs(tab)
  const { options } = completion(tab, url)
  const message = 'The database cannot be reached at the moment'
  t.strictSame(await completeRegistration(options), { status: 'failed', reason: 'server', httpStatus: 503, message })
  t.equal(requests.length, 3)
  t.strictSame(await completeRegistration(options), { status: 'failed', reason: 'network' })
  t.equal(tab.store.entries.size, 1)
  t.strictSame(await completeRegistration(options), { status: 'saved' })
  t.equal(tab.store.entries.size, 0)
})

t.test("a 4xx answer is not tried again, and told with the server's message", async t => {
  const bodies: [string, string][] = [
    ['{"message":"The request body is invalid"}', 'The request body is invalid'],
    ['<html>', ''],
    ['null', ''],
    ['"x"', ''],
    ['{"message":null}', ''],
  ]
  for (const [body, message] of bodies) {
    const { requests, url } = await startServer(t, answerWith(400, body))
    const tab = createTab()
    saveAs(tab)
    const { options, waits } = completion(tab, url)
    const expected = { status: 'failed', reason: 'rejected', httpStatus: 400, message }
    t.strictSame(await completeRegistration(options), expected, body)
    t.equal(requests.length, 1)
    t.strictSame(waits, [])
    t.equal(tab.store.entries.size, 1, 'the data are kept')
  }
})

t.test('a server that never answers costs each attempt its time limit and no more', async t => {
  const { requests, url } = await startServer(t, () => undefined)
  const tab = createTab()
  saveAs(tab)
  const limits: AbortSignal[] = []
  const impatient: NonNullable<CompleteOptions['fetch']> = (url, init) => {
    limits.push(init.signal)
    return fetch(url, { ...init, signal: AbortSignal.any([init.signal, AbortSignal.timeout(50)]) })
  }
  const { options } = completion(tab, url, { fetch: impatient })
  t.strictSame(await completeRegistration(options), { status: 'failed', reason: 'network' })
  t.equal(requests.length, 3)
  t.ok(
    limits.every(signal => !signal.aborted),
    'each attempt has a limit of its own',
  )
})

t.test('two tabs at once send one request', async t => {
  const { requests, url } = await startServer(t, answerWith(200, '{}'))
  const tab = createTab()
  saveAs(tab)
  const { options } = completion(tab, url)
  const results = await Promise.all([1, 2, 3].map(() => completeRegistration(options)))
  t.strictSame(
    results.map(result => result.status),
    ['saved', 'nothing', 'nothing'],
  )
  t.equal(requests.length, 1)
})
