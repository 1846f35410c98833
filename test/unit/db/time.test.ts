import t from 'tap'
import { toIso, toMillis } from '#plugin/db/time.js'

t.test('a timestamp is read in every form that a driver may give it', async t => {
  const moment = '2026-01-02T03:04:05.678Z'
  for (const value of [new Date(moment), moment, '2026-01-02 03:04:05.678+00']) {
    t.equal(toMillis(value), Date.parse(moment))
    t.equal(toIso(value), moment)
  }
})

t.test("PostgreSQL's infinities are the furthest moments that can be told", async t => {
  for (const value of [Number.POSITIVE_INFINITY, 'infinity']) t.equal(toIso(value), '+275760-09-13T00:00:00.000Z')
  for (const value of [Number.NEGATIVE_INFINITY, '-infinity']) t.equal(toIso(value), '-271821-04-20T00:00:00.000Z')
})
