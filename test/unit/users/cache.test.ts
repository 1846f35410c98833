import t from 'tap'
import { parsePayload, probePayload } from '#plugin/change-feed/feed.js'
import { createUserCache } from '#plugin/users/memory/cache.js'
import { toEntry, type UserEntry } from '#plugin/users/memory/entry.js'
import { createEvictions } from '#plugin/users/memory/evictions.js'

const day = new Date('2026-01-01T00:00:00Z')
const entry = (id: string): UserEntry =>
  toEntry(
    {
      ...{
        id,
        auth0_id: `auth0|${id}`,
        username: id,
        email: null,
        email_verified: false,
        first_name: null,
        last_name: null,
      },
      ...{ profile_data: {}, is_active: true, is_staff: false, is_superuser: false, is_platform: false },
      ...{
        edited_fields: [],
        claims_issued_at: null,
        last_login_at: null,
        last_seen_at: null,
        tokens_valid_after: null,
      },
      ...{ created_at: day, updated_at: day, anonymised_at: null, permissions: [] },
    },
    100,
  )

t.test('the cache holds no more than its bound, and what it drops is ended', async t => {
  const cache = createUserCache(10)
  const all = Array.from({ length: 100 }, (_, n) => entry(String(n)))
  for (const [n, one] of all.entries()) cache.set(`s${n}`, one)
  t.ok(cache.size <= 10)
  t.equal(all.filter(one => one.freshUntil > 0).length, cache.size, 'a cached token can use no dropped entry')
  t.equal(cache.get('s99'), all[99])
  t.equal(cache.get('s0'), undefined)
})

t.test('an entry that is used stays when the generation changes', async t => {
  const cache = createUserCache(10)
  const kept = entry('kept')
  cache.set('kept', kept)
  for (let n = 0; n < 50; n++) {
    cache.set(`s${n}`, entry(`u${n}`))
    t.equal(cache.get('kept'), kept)
  }
  t.ok(kept.freshUntil > 0)
})

t.test('an eviction ends every entry of the person, under each of their identities', async t => {
  const cache = createUserCache(10)
  const [first, second, other] = [entry('1'), entry('1'), entry('2')]
  cache.set('a', first)
  cache.set('b', second)
  cache.set('c', other)
  cache.evict('1')
  t.strictSame([first.freshUntil, second.freshUntil, other.freshUntil], [0, 0, 100])
  cache.clear()
  t.equal(other.freshUntil, 0)
  t.equal(cache.size, 0)
})

t.test('an entry that is replaced is ended, in whichever generation it was', async t => {
  const cache = createUserCache(4)
  const [first, second, third] = [entry('1'), entry('1'), entry('1')]
  cache.set('a', first)
  cache.set('a', second)
  for (let n = 0; n < 2; n++) cache.set(`s${n}`, entry(`u${n}`))
  cache.set('a', third)
  t.strictSame([first.freshUntil, second.freshUntil, third.freshUntil], [0, 0, 100])
})

t.test('a limit shortens every life and lengthens none', async t => {
  const cache = createUserCache(4)
  const all = [entry('1'), entry('2'), entry('3')]
  for (const one of all) cache.set(one.user.id, one)
  cache.evict('2')
  cache.limit(50)
  t.strictSame(
    all.map(one => one.freshUntil),
    [50, 0, 50],
  )
  cache.limit(70)
  t.equal(all[0]?.freshUntil, 50)
})

t.test('evictions since a moment are known for each person, in bounded memory', async t => {
  const evictions = createEvictions(2)
  const start = evictions.mark()
  evictions.add('1')
  const later = evictions.mark()
  t.strictSame(
    [evictions.since(start, '1'), evictions.since(start, '2'), evictions.since(later, '1')],
    [true, false, false],
  )
  evictions.add('2')
  evictions.add('1')
  t.notOk(evictions.since(start, '3'))
  evictions.add('3')
  t.ok(evictions.since(start, '4'), 'with too many of them everybody counts as evicted')
  const after = evictions.mark()
  t.notOk(evictions.since(after, '3'))
  evictions.addAll()
  t.ok(evictions.since(after, 'anybody'))
})

t.test('a payload names people, everybody, or is a probe; what is unknown counts as everybody', async t => {
  const [a, b] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'] as const
  t.strictSame(parsePayload(a), { kind: 'users', ids: [a] })
  t.strictSame(parsePayload(`${a},${b}`), { kind: 'users', ids: [a, b] })
  t.strictSame(parsePayload(probePayload('x')), { kind: 'probe' })
  for (const payload of ['*', '', `${a},`, 'group 7']) t.strictSame(parsePayload(payload), { kind: 'all' }, payload)
})

t.test('a row of the Django system with nulls becomes a whole user, frozen in depth', async t => {
  const { user } = toEntry({ ...rowOf('7'), profile_data: ['not an object'] as never }, 1)
  t.match(user, { first_name: '', last_name: '', profile_data: {}, created_at: '2026-01-01T00:00:00.000Z' })
  const nested = toEntry({ ...rowOf('8'), profile_data: { a: { b: [1] } } }, 1).user.profile_data as {
    a: { b: number[] }
  }
  t.throws(() => nested.a.b.push(2), TypeError)
})

function rowOf(id: string) {
  return {
    ...{ id, auth0_id: null, username: null, email: null, email_verified: false, first_name: null, last_name: null },
    ...{ is_active: true, is_staff: false, is_superuser: false, is_platform: false, edited_fields: [] },
    ...{ claims_issued_at: null, last_login_at: null, last_seen_at: null, tokens_valid_after: null },
    ...{ created_at: day, updated_at: day, anonymised_at: null },
    permissions: [],
  }
}
