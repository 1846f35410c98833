import { type TObject, type TProperties, Type } from '@sinclair/typebox'
import type { AdminDeps } from './deps.ts'
import { createReports, type RangeQuery, type Reports } from './reports.ts'
import type { AdminRoute } from './route.ts'

/** Counts by day. Requests were checked against their schemas before, the days themselves are by the reports. */
export function reportRoutes({ databases, required, now }: AdminDeps): AdminRoute[] {
  const reports = createReports({ db: databases.replica, required, now })
  const routes: [string, string, TProperties, keyof Reports][] = [
    ['activity', 'People who were seen, by day', { items: listOf({ day, people: count }) }, 'activity'],
    [
      'sign-ins',
      'Sign-ins by day and connection',
      {
        connections: listOf({ connection: name, sign_ins: count }),
        items: listOf({ day, connection: name, sign_ins: count }),
      },
      'signIns',
    ],
    [
      'registrations',
      'What became of the people who began on each day',
      { items: listOf({ day, ...funnel }), total: Type.Object(funnel, closed) },
      'registrations',
    ],
    [
      'completion',
      'How many of the people who began on each day have a complete profile',
      { items: listOf({ day, ...share }), total: Type.Object(share, closed) },
      'completion',
    ],
  ]
  return routes.map(([path, summary, answer, report]) => ({
    method: 'GET',
    path: `/reports/${path}`,
    permissions: ['accounts.view_report'],
    summary,
    query,
    answer: Type.Object({ from: day, to: day, ...answer }, closed),
    handler: request => reports[report](request.query as RangeQuery),
  }))
}

const closed = { additionalProperties: false }
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'A day of UTC, YYYY-MM-DD' })
const name = Type.String({ description: 'What identities begin with, such as auth0 or google-oauth2' })
const count = Type.Integer({ minimum: 0 })
const funnel: TProperties = { started: count, verified: count, completed: count, returned: count }
const share: TProperties = {
  people: count,
  complete: count,
  rate: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()]),
}

const query: TObject = Type.Object(
  {
    from: Type.Optional({ ...day, description: 'The first day; 29 days before the last by default' }),
    to: Type.Optional({ ...day, description: 'The last day; today by default' }),
  },
  closed,
)

function listOf(properties: TProperties): ReturnType<typeof Type.Array<TObject>> {
  return Type.Array(Type.Object(properties, closed))
}
