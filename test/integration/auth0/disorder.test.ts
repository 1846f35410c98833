import t, { type Test } from 'tap'
import { testDatabase } from '../../helpers/postgres.ts'
import { apiCall, event, logRecord, people, type Receiving, random, receiving, shuffled, states } from './support.ts'

// Some four thousand messages are sent.
t.setTimeout(600_000)

const start = Date.parse('2026-11-01T00:00:00Z')
const now = start + 5 * 86_400_000

interface Draw {
  next(): number
  pick<T>(items: readonly T[]): T
}

/** What happens to some people over an hour, in the order in which it happens. */
function story(count: number, seed: number): object[] {
  const next = random(seed)
  const draw: Draw = { next, pick: items => items[Math.floor(next() * items.length)] as never }
  let time = start
  return Array.from({ length: count }, () => {
    time += 1 + Math.floor(next() * 5000)
    return happening(draw, time)
  })
}

function happening(draw: Draw, time: number): object {
  const { next } = draw
  const person = Math.floor(next() * 40)
  const user_id = `auth0|p${person}`
  const kinds: [number, () => object][] = [
    [0.1, () => event('user.created', time, profileOf(draw, person))],
    [0.7, () => event('user.updated', time, profileOf(draw, person))],
    [0.8, () => apiCall('patch', time, user_id, { blocked: next() < 0.5 })],
    [0.86, () => event('user.deleted', time, { user_id })],
    [0.9, () => logRecord('sdu', time, { user_id })],
    [0.95, () => logRecord('s', time, { user_id })],
    [1, () => event('organization.updated', time, { id: 'org_1' })],
  ]
  const drawn = next()
  return kinds.find(([below]) => drawn < below)?.[1]() ?? {}
}

function profileOf({ next, pick }: Draw, person: number): object {
  const email = { email: `p${person}.${Math.floor(next() * 3)}@example.com`, email_verified: next() < 0.5 }
  return {
    user_id: `auth0|p${person}`,
    ...(next() < 0.5 && { given_name: pick(['Ann', 'Ben', 'Cat', 'Dan']) }),
    ...(next() < 0.5 && { family_name: pick(['Ash', 'Birch', 'Cedar']) }),
    ...(next() < 0.3 && { blocked: next() < 0.5 }),
    ...(next() < 0.8 && email),
  }
}

/** Sends each until it is taken, as Auth0 does, some at a time, to any of the apps. */
async function deliver(
  t: Test,
  apps: readonly Receiving[],
  messages: readonly object[],
  atOnce: number,
): Promise<void> {
  const waiting = messages.map((message, n) => ({ message, app: apps[n % apps.length] as Receiving, tries: 0 }))
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { status, body } = await job.app.send(job.message)
      if (status === 200) continue
      if (status !== 409 || job.tries > 50) t.fail(`${status} ${JSON.stringify(body)}`)
      else waiting.push({ ...job, tries: job.tries + 1 })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Two apps with a pool each over one database. */
async function pair(t: Test, events: object = {}): Promise<readonly [Receiving, Receiving]> {
  const database = await testDatabase(t)
  const other = { ...database, ...database.connect() }
  const options = { plugin: { now: () => now }, events }
  return [await receiving(t, { ...options, database }), await receiving(t, { ...options, database: other })]
}

const cases = [
  [1000, {}],
  [300, { blocked: 'signOut' }],
  [300, { deleted: 'ignore', created: 'ignore' }],
] as const

for (const [count, policy] of cases) {
  t.test(`${count} events twice and shuffled leave what they leave in order: ${JSON.stringify(policy)}`, async t => {
    const messages = story(count, 7)
    const [ordered] = await pair(t, policy)
    await deliver(t, [ordered], messages, 1)
    const mixed = await pair(t, policy)
    await deliver(t, mixed, shuffled([...messages, ...messages], random(11)), 6)
    const [expected, found] = [ordered.database, mixed[0].database]
    const rows = await people(expected)
    t.strictSame(await people(found), rows, 'complete rows')
    t.strictSame(await states(found), await states(expected), 'what is remembered')
    if (count < 1000) return
    t.equal(rows.length, 40)
    const active = rows.filter(row => (row as { is_active: boolean }).is_active).length
    t.ok(active > 5 && active < 35, 'some are let in and some are not')
  })
}

t.test('an address that goes from one person to another ends with the right one, whatever came first', async t => {
  const messages: object[] = []
  // Each address is handed on along a chain of people.
  for (let n = 0; n < 20; n++) {
    const of = (address: number) => ({
      user_id: `auth0|c${n}`,
      email: `address${address}@example.com`,
      email_verified: true,
    })
    messages.push(
      event('user.created', start + n * 1000, of(n)),
      event('user.updated', start + n * 1000 + 500, of(n + 100)),
    )
    messages.push(event('user.created', start + 60_000 + n, { ...of(n), user_id: `auth0|d${n}` }))
  }
  const [ordered] = await pair(t)
  await deliver(t, [ordered], messages, 1)
  const mixed = await pair(t)
  await deliver(t, mixed, shuffled([...messages, ...messages], random(3)), 4)
  t.strictSame(await people(mixed[0].database), await people(ordered.database))
})
