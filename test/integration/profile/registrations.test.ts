import { Type } from '@sinclair/typebox'
import t from 'tap'
import { recordMetrics } from '../../helpers/telemetry.ts'
import { accountApp } from './account.ts'

const { value } = recordMetrics(t)

t.test('the way from the first sign-in to a complete profile is counted, once a person and step', async t => {
  let time = Date.now()
  const schema = Type.Object({ title: Type.Optional(Type.String()) }, { additionalProperties: true })
  const { app, person, database } = await accountApp(t, { now: () => time, profile: { schema, required: ['title'] } })
  const people = await Promise.all([1, 2, 3, 4].map(n => person(`auth0|${n}`)))
  for (const someone of people) t.equal((await someone.get()).status, 200)
  t.equal(await value('users.provisioned', 'outcome=created'), 4)
  t.equal(await value('registration.started'), 0)

  const [one, two] = people
  for (const note of ['a', 'b']) await one?.send('PUT', { profile_data: { note } })
  await two?.send('PUT', { profile_data: { title: 'x' } })
  await two?.send('PUT', { profile_data: { title: 'y' } })
  t.equal(await value('registration.started'), 2)
  t.equal(await value('registration.completed'), 1)

  const { countAbandoned } = app.auth0Users.registrations
  const terms = { after: 1800, every: 600 }
  t.equal(await countAbandoned(terms), 0, 'they still have time')
  time += 2_400_000
  t.equal(await countAbandoned(terms), 3)
  time = Math.floor(time / 600_000) * 600_000 + 599_000
  t.equal(await countAbandoned(terms), 3, 'the same ones for the whole period, however late the job runs')
  time += 600_000
  t.equal(await countAbandoned(terms), 0, 'and are not counted again')
  t.equal(await value('registration.abandoned'), 6)
  t.equal((await database.db.selectFrom('accounts_user').select('id').execute()).length, 4)
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await t.rejects(countAbandoned({ ...terms, after: wrong }), {
      code: 'A0U_OPTIONS_INVALID',
      faults: [{ field: 'after' }],
    })
  }
})
