import type { JSX } from 'preact'
import { useLoad } from '../../shared/load.ts'
import { setQuery, useQuery } from '../../shared/router.tsx'
import { api } from '../api/client.ts'
import type { Activity, Completion, Registrations, SignIns } from '../api/reports.ts'
import { Funnel } from '../charts/funnel.tsx'
import { Report } from '../charts/report.tsx'
import { Choice } from '../components/choice.tsx'
import { Nothing, Show } from '../components/feedback.tsx'
import { PageHead, Section } from '../components/page.tsx'
import { formatCount, formatMean, formatShare } from '../lib/format.ts'
import { useKept } from '../lib/kept.ts'

const ranges = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
] as const

interface RangeProps {
  readonly from: string
  readonly to: string
}

/** How people come, stay and complete their profiles; without a name anywhere. */
export function Reports(): JSX.Element {
  const given = useQuery().get('days')
  const days = ranges.find(({ value }) => value === given)?.value ?? '30'
  const range = { from: dayBefore(Number(days) - 1), to: dayBefore(0) }
  return (
    <>
      <PageHead title="Reports" lead="Days are counted in UTC. Reports name no one." />
      <Choice
        legend="Which days"
        name="days"
        options={ranges}
        value={days}
        onChange={value => setQuery({ days: value === '30' ? '' : value })}
      />
      <ActivityReport {...range} />
      <SignInReport {...range} />
      <RegistrationReport {...range} />
      <CompletionReport {...range} />
    </>
  )
}

/** `YYYY-MM-DD`, so many days before today. */
function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}

function useReport<Data>(name: string, { from, to }: RangeProps) {
  return useKept(useLoad(() => api.get<Data>(`/accounts/admin/reports/${name}`, { from, to }), [name, from, to]))
}

function Waiting({ title }: { readonly title: string }): JSX.Element {
  return (
    <Section title={title}>
      <div class="skeleton chart__waiting" role="status" aria-label="Loading …" />
    </Section>
  )
}

function ActivityReport(range: RangeProps): JSX.Element {
  const load = useReport<Activity>('activity', range)
  return (
    <Show load={load} waiting={<Waiting title="People who were active" />}>
      {({ items }) => {
        const people = items.map(item => item.people)
        const most = Math.max(0, ...people)
        const mean = people.reduce((sum, value) => sum + value, 0) / Math.max(1, people.length)
        return (
          <Report
            title="People who were active"
            kind="lines"
            summary={`${formatMean(mean)} a day on average, ${formatCount(most)} at most`}
            description={`Active people by day, ${formatMean(mean)} on average and ${most} at most`}
            days={items.map(({ day }) => day)}
            series={[{ label: 'People', values: people }]}
            format={formatCount}
          />
        )
      }}
    </Show>
  )
}

/** With more connections than these, the rest is one. */
const shownConnections = 4

const connectionNames: Readonly<Record<string, string>> = {
  auth0: 'Email and password',
  github: 'GitHub',
  'google-oauth2': 'Google',
}

function SignInReport(range: RangeProps): JSX.Element {
  const load = useReport<SignIns>('sign-ins', range)
  return (
    <Show load={load} waiting={<Waiting title="Sign-ins by connection" />}>
      {data => {
        const total = data.connections.reduce((sum, { sign_ins }) => sum + sign_ins, 0)
        if (total === 0) {
          return (
            <Section title="Sign-ins by connection">
              <Nothing>No sign-ins were reported for these days.</Nothing>
            </Section>
          )
        }
        return (
          <Report
            title="Sign-ins by connection"
            kind="bars"
            summary={`${formatCount(total)} sign-ins`}
            description={`Sign-ins by day and connection, ${total} in all`}
            {...signInsByDay(data)}
            format={formatCount}
          />
        )
      }}
    </Show>
  )
}

function signInsByDay({ from, to, connections, items }: SignIns) {
  const days = daysBetween(from, to)
  const named = connections.slice(0, shownConnections).map(({ connection }) => connection)
  const sum = (day: string, wanted: (connection: string) => boolean): number =>
    items.filter(item => item.day === day && wanted(item.connection)).reduce((all, { sign_ins }) => all + sign_ins, 0)
  const series = named.map(name => ({
    label: connectionNames[name] ?? name,
    values: days.map(day => sum(day, connection => connection === name)),
  }))
  if (connections.length <= shownConnections) return { days, series }
  const others = { label: 'Others', values: days.map(day => sum(day, connection => !named.includes(connection))) }
  return { days, series: [...series, others] }
}

function daysBetween(from: string, to: string): readonly string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)]
  const count = Math.round((last - first) / 86_400_000) + 1
  return Array.from({ length: count }, (_, index) => new Date(first + index * 86_400_000).toISOString().slice(0, 10))
}

function RegistrationReport(range: RangeProps): JSX.Element {
  const load = useReport<Registrations>('registrations', range)
  return (
    <Show load={load} waiting={<Waiting title="From the first sign-in on" />}>
      {({ items, total }) => (
        <>
          <Section title="From the first sign-in on" lead="Of those whose account was made in these days.">
            <Funnel
              steps={[
                { label: 'Began', value: total.started },
                { label: 'Verified their email', value: total.verified },
                { label: 'Completed their profile', value: total.completed },
                { label: 'Came back another day', value: total.returned },
              ]}
            />
          </Section>
          <Report
            title="New accounts"
            kind="bars"
            summary={`${formatCount(total.started)} new accounts`}
            description={`New accounts by day, ${total.started} in all`}
            days={items.map(({ day }) => day)}
            series={[{ label: 'New accounts', values: items.map(({ started }) => started) }]}
            format={formatCount}
          />
        </>
      )}
    </Show>
  )
}

function CompletionReport(range: RangeProps): JSX.Element {
  const load = useReport<Completion>('completion', range)
  return (
    <Show load={load} waiting={<Waiting title="Completed profiles" />}>
      {({ items, total }) => {
        const overall = total.rate === null ? 'no registrations in this range' : `${formatShare(total.rate)} overall`
        return (
          <Report
            title="Completed profiles"
            kind="lines"
            summary={`Of those who began on each day; ${overall}`}
            description={`Share of completed profiles by the day of the first sign-in, ${overall}`}
            days={items.map(({ day }) => day)}
            series={[{ label: 'Completed', values: items.map(({ rate }) => rate) }]}
            format={formatShare}
            largest={1}
          />
        )
      }}
    </Show>
  )
}
