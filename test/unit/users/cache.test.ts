import t from 'tap'
import { createUserCache } from '#plugin/users/cache.js'
import { toEntry, type UserEntry } from '#plugin/users/entry.js'

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
      ...{ edited_fields: [], claims_issued_at: null, last_login_at: null, tokens_valid_after: null },
      ...{ created_at: day, updated_at: day, permissions: [] },
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
    ...{ claims_issued_at: null, last_login_at: null, tokens_valid_after: null, created_at: day, updated_at: day },
    permissions: [],
  }
}
