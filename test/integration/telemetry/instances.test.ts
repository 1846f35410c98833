import type { DataPoint, Histogram } from '@opentelemetry/sdk-metrics'
import t from 'tap'
import { createActivity } from '#plugin/users/activity/activity.js'
import { createUserCache } from '#plugin/users/memory/cache.js'
import type { UserEntry } from '#plugin/users/memory/entry.js'
import { type BuiltApp, build } from '../../helpers/app.ts'
import { recordMetrics } from '../../helpers/telemetry.ts'

const routes = { routes: (app: BuiltApp['app']) => app.get('/hello', () => 'hello') }
const lookups = 'token_cache.lookups'

const get = async ({ app }: BuiltApp, authorization: string): Promise<number> =>
  (await app.inject({ url: '/hello', headers: { authorization } })).statusCode

t.test('an SDK that is registered after the apps are ready sees everything from their start', async t => {
  const one = await build(t, routes)
  const token = await one.bearer({ sub: 'auth0|ada' })
  for (let n = 0; n < 3; n++) t.equal(await get(one, token), 200)

  const recorder = recordMetrics(t)
  t.equal(await get(one, await one.bearer({ sub: 'auth0|bob' })), 200)
  t.equal(await recorder.value(lookups, 'outcome=hit'), 2)
  t.equal(await recorder.value(lookups, 'outcome=miss'), 2)
  t.equal(await recorder.value('token.verifications', 'outcome=accepted'), 1, 'other counters from then on')

  const two = await build(t, { ...routes, database: one.database, issuer: one.issuer })
  for (let n = 0; n < 3; n++) t.equal(await get(two, token), 200)
  t.equal(await recorder.value(lookups, 'outcome=hit'), 4, 'instances add up')
  t.equal(await recorder.value(lookups, 'outcome=miss'), 3)
  t.equal(await recorder.value('token_cache.entries'), 3)
  t.equal(await recorder.value('user_cache.entries'), 3)

  await two.app.close()
  t.equal(await recorder.value(lookups, 'outcome=hit'), 4, 'a counter never goes down')
  t.equal(await recorder.value('token_cache.entries'), 2, 'a closed app holds nothing')
  await one.app.close()
  t.equal(await recorder.value('token_cache.entries'), 0)
  t.equal(await recorder.value(lookups, 'outcome=hit'), 4, 'the end is still reported')

  const three = await build(t, { ...routes, database: one.database, issuer: one.issuer })
  t.equal(await get(three, token), 200)
  t.equal(await recorder.value(lookups, 'outcome=miss'), 4, 'and goes on where it was')
})

t.test('another SDK takes over', async t => {
  const app = await build(t, routes)
  await t.test('the first one', async t => {
    const recorder = recordMetrics(t)
    t.equal(await get(app, await app.bearer({ sub: 'auth0|ada' })), 200)
    t.equal(await recorder.value('token.verifications', 'outcome=accepted'), 1)
  })
  const recorder = recordMetrics(t)
  t.equal(await get(app, await app.bearer({ sub: 'auth0|bob' })), 200)
  t.equal(await recorder.value('token.verifications', 'outcome=accepted'), 1)
  t.ok((await recorder.collect()).has(lookups))
})

t.test('durations and sizes have buckets that fit them', async t => {
  const recorder = recordMetrics(t)
  const app = await build(t, routes)
  await Promise.all([1, 2, 3].map(async n => get(app, await app.bearer({ sub: `auth0|${n}` }))))
  for (const { descriptor, dataPoints } of await recorder.raw()) {
    if (!/duration|batch_size/.test(descriptor.name)) continue
    const { buckets } = (dataPoints as DataPoint<Histogram>[])[0]?.value ?? {}
    t.equal(buckets?.boundaries[0], descriptor.unit === 's' ? 0.0001 : 1, descriptor.name)
  }
})

t.test('writes that wait, that are dropped and that fail are told apart', async t => {
  const recorder = recordMetrics(t)
  const { database, app } = await build(t)
  const activity = createActivity(database.db, { interval: 3600, capacity: 2, now: Date.now, log: app.log })
  const queue = 'queue=activity'
  for (const id of ['1', '2', '3']) activity.seen(`00000000-0000-0000-0000-00000000000${id}`, Date.now())
  t.equal(activity.waiting, 2)
  t.equal(await recorder.value('write_queue.entries', queue), 2)
  t.equal(await recorder.value('write_queue.dropped', queue), 1)
  await database.db.schema.alterTable('accounts_user').renameTo('elsewhere').execute()
  await activity.flush()
  t.equal(await recorder.value('write_queue.failures', queue), 1)
  t.equal(activity.waiting, 2, 'and kept')
  await activity.close()
  t.equal((await recorder.collect()).get('write_queue.entries')?.get(queue), 0, 'the app has a queue of its own')
})

t.test('people leave memory to make room, or because they changed', async t => {
  const cache = createUserCache(4)
  const entry = (id: string): UserEntry => ({
    user: { id } as UserEntry['user'],
    permissions: new Set(),
    editedFields: [],
    claimsIssuedAt: 0,
    tokensValidAfter: 0,
    freshUntil: Date.now() + 60_000,
  })
  for (const id of ['1', '2', '3', '4', '5']) cache.set(id, entry(id))
  t.strictSame(cache.evicted, { size: 2, change: 0 })
  cache.evict('5')
  cache.evict('5')
  t.strictSame(cache.evicted, { size: 2, change: 1 })
  cache.clear()
  t.strictSame(cache.evicted, { size: 2, change: 3 })
})
