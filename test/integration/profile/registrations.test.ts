import { type Attributes, metrics } from '@opentelemetry/api'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { accountApp } from './account.ts'

/** How often each counter was added to. */
const counted = new Map<string, number>()
const createCounter = (name: string) => ({
  add: (n: number, _attributes?: Attributes) => void counted.set(name, (counted.get(name) ?? 0) + n),
})
metrics.setGlobalMeterProvider({ getMeter: () => ({ createCounter }) } as never)
t.teardown(() => metrics.disable())

const count = (name: string): number => counted.get(`fastify-auth0-users.${name}`) ?? 0

t.test('the way from the first sign-in to a complete profile is counted, once a person and step', async t => {
  let time = Date.now()
  const schema = Type.Object({ title: Type.Optional(Type.String()) }, { additionalProperties: true })
  const { app, person, database } = await accountApp(t, { now: () => time, profile: { schema, required: ['title'] } })
  const people = await Promise.all([1, 2, 3, 4].map(n => person(`auth0|${n}`)))
  for (const someone of people) t.equal((await someone.get()).status, 200)
  t.equal(count('users.provisioned'), 4)
  t.equal(count('registration.started'), 0)

  const [one, two] = people
  for (const note of ['a', 'b']) await one?.send('PUT', { profile_data: { note } })
  await two?.send('PUT', { profile_data: { title: 'x' } })
  await two?.send('PUT', { profile_data: { title: 'y' } })
  t.equal(count('registration.started'), 2)
  t.equal(count('profile.completed'), 1)

  const { countAbandoned } = app.auth0Users.registrations
  const terms = { after: 1800, every: 600 }
  t.equal(await countAbandoned(terms), 0, 'they still have time')
  time += 1_900_000
  t.equal(await countAbandoned(terms), 3)
  time += 600_000
  t.equal(await countAbandoned(terms), 0, 'and are not counted again')
  t.equal(count('registration.abandoned'), 3)
  t.equal((await database.db.selectFrom('accounts_user').select('id').execute()).length, 4)
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await t.rejects(countAbandoned({ ...terms, after: wrong }), {
      code: 'A0U_OPTIONS_INVALID',
      faults: [{ field: 'after' }],
    })
  }
})
