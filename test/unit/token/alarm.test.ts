import { mock } from 'node:test'
import t from 'tap'
import { createAlarm } from '#plugin/token/keys/alarm.js'

const second = 1000

/** An alarm on a clock that moves with the timers, or stands still; `rings` are the clock's times. */
function setUp() {
  mock.timers.enable({ apis: ['setTimeout'] })
  let now = 1_700_000_000_000
  const rings: number[] = []
  const start = now
  const alarm = createAlarm(
    () => now,
    () => rings.push(now - start),
  )
  function pass(milliseconds: number, { clockStands = false } = {}): void {
    if (!clockStands) now += milliseconds
    mock.timers.tick(milliseconds)
  }
  return { alarm, at: (milliseconds: number) => start + milliseconds, pass, rings }
}

t.afterEach(() => mock.timers.reset())

t.test('it rings once, when the clock says so', async t => {
  const { alarm, at, pass, rings } = setUp()
  alarm.set(at(10 * second))
  pass(9 * second)
  t.strictSame(rings, [])
  pass(second)
  pass(60 * second)
  t.strictSame(rings, [10 * second])
})

t.test('a timer that ends before the clock is there asks the clock again', async t => {
  const { alarm, at, pass, rings } = setUp()
  alarm.set(at(10 * second))
  pass(10 * second, { clockStands: true })
  t.strictSame(rings, [], 'the clock stood still')
  pass(10 * second)
  t.strictSame(rings, [10 * second])
})

t.test('a new time replaces the one before', async t => {
  const { alarm, at, pass, rings } = setUp()
  alarm.set(at(5 * second))
  alarm.set(at(20 * second))
  pass(10 * second)
  t.strictSame(rings, [])
  pass(10 * second)
  t.strictSame(rings, [20 * second])
})

t.test('once closed it never rings, whatever is set afterwards', async t => {
  const { alarm, at, pass, rings } = setUp()
  alarm.set(at(5 * second))
  alarm.close()
  alarm.set(at(6 * second))
  pass(60 * second)
  t.strictSame(rings, [])
})
