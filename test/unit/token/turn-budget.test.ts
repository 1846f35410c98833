import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createTurnBudget } from '#plugin/token/turn-budget.js'

t.test('a turn does so much at once, the turns after it as much again, in the order in which it came', async t => {
  const { spend } = createTurnBudget(2)
  const done: number[] = []
  const work = (n: number) => () => done.push(n)
  const answers = [1, 2, 3, 4, 5].map(n => spend(work(n)))
  t.strictSame(done, [1, 2])
  t.strictSame(answers.slice(0, 2), [1, 2], 'answered at once')
  t.ok(answers.slice(2).every(answer => answer instanceof Promise))
  await nextTurn()
  t.strictSame(done, [1, 2, 3, 4])
  const late = spend(work(6))
  t.ok(late instanceof Promise, 'who comes later waits behind those who came before')
  await Promise.all([...answers, late])
  t.strictSame(done, [1, 2, 3, 4, 5, 6])
  await nextTurn()
  t.equal(spend(work(7)), 7, 'at once again when nobody waits')
})

t.test('work that throws, at once or later, fails alone', async t => {
  const { spend } = createTurnBudget(1)
  const fail = (): never => {
    throw new Error('bad')
  }
  t.throws(() => spend(fail), { message: 'bad' })
  const later = [spend(fail), spend(() => 'good')]
  await t.rejects(Promise.resolve(later[0]), { message: 'bad' })
  t.equal(await later[1], 'good')
})
