import type { Db } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import {
  type CompletionRow,
  type DayRange,
  type RegistrationRow,
  selectActivity,
  selectCompletion,
  selectRegistrations,
  selectSignIns,
} from './reports.repository.ts'

/** What a query says of the range; days of UTC as `YYYY-MM-DD`, both included. */
export interface RangeQuery {
  readonly from?: string
  readonly to?: string
}

export interface ReportsDeps {
  /** Reports may be behind: the replica, where there is one. */
  readonly db: Db
  /** What makes a profile complete. */
  readonly required: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

type Counts = Readonly<Record<string, number>>

/** Counts by day, for staff. None holds a personal datum. */
export interface Reports {
  activity(query: RangeQuery): Promise<object>
  signIns(query: RangeQuery): Promise<object>
  registrations(query: RangeQuery): Promise<object>
  completion(query: RangeQuery): Promise<object>
}

const oneDay = 86_400_000
const defaultDays = 30
const maxDays = 366

export function createReports({ db, required, now }: ReportsDeps): Reports {
  /** Both reports of registrations; together they are the funnel. */
  async function cohorts(range: DayRange): Promise<{ begun: RegistrationRow[]; done: CompletionRow[] }> {
    const [begun, done] = await reaching(() =>
      Promise.all([selectRegistrations(db, range), selectCompletion(db, range, required)]),
    )
    return { begun, done }
  }

  return {
    async activity(query) {
      const range = rangeOf(query, now())
      const rows = await reaching(() => selectActivity(db, range))
      return { ...range, items: byDay(range, rows, { people: 0 }) }
    },
    async signIns(query) {
      const range = rangeOf(query, now())
      const items = await reaching(() => selectSignIns(db, range))
      const totals = new Map<string, number>()
      for (const { connection, sign_ins } of items) totals.set(connection, (totals.get(connection) ?? 0) + sign_ins)
      const connections = [...totals]
        .map(([connection, sign_ins]) => ({ connection, sign_ins }))
        .sort((a, b) => b.sign_ins - a.sign_ins || (a.connection < b.connection ? -1 : 1))
      return { ...range, connections, items }
    },
    async registrations(query) {
      const range = rangeOf(query, now())
      const { begun, done } = await cohorts(range)
      const completed = new Map(done.map(({ day, complete }) => [day, complete]))
      const rows = begun.map(row => ({ ...row, completed: completed.get(row.day) ?? 0 }))
      const none = { started: 0, verified: 0, completed: 0, returned: 0 }
      const items = byDay(range, rows, none)
      return { ...range, items, total: sum(items, none) }
    },
    async completion(query) {
      const range = rangeOf(query, now())
      const none = { people: 0, complete: 0 }
      const items = byDay(range, await reaching(() => selectCompletion(db, range, required)), none)
      return { ...range, items: items.map(withRate), total: withRate(sum(items, none)) }
    },
  }
}

/** Throws `A0U_QUERY_INVALID`. */
function rangeOf({ from, to }: RangeQuery, now: number): DayRange {
  const faults: Fault[] = []
  const last = to === undefined ? Math.floor(now / oneDay) : dayNumber(to, 'to', faults)
  const first = from === undefined ? last - defaultDays + 1 : dayNumber(from, 'from', faults)
  if (faults.length === 0 && first > last) faults.push({ field: 'from', message: 'must not be after to' })
  if (faults.length === 0 && last - first >= maxDays) {
    faults.push({ field: 'from', message: `must be ${maxDays} days before to at the most` })
  }
  if (faults.length > 0) throw new Auth0UsersError('A0U_QUERY_INVALID', { faults })
  return { from: textOf(first), to: textOf(last) }
}

/** Days since the epoch; the form was checked before, but not whether the calendar has the day. */
function dayNumber(text: string, field: string, faults: Fault[]): number {
  const time = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(time) || textOf(time / oneDay) !== text) faults.push({ field, message: 'must be a day that exists' })
  return time / oneDay
}

function textOf(day: number): string {
  return new Date(day * oneDay).toISOString().slice(0, 10)
}

/** Every day of the range in order, with zeros where nothing was counted. */
function byDay<Row extends { readonly day: string }, None extends Counts>(
  { from, to }: DayRange,
  rows: readonly Row[],
  none: None,
): (None & { readonly day: string })[] {
  const found = new Map(rows.map(row => [row.day, row]))
  const days: (None & { readonly day: string })[] = []
  for (let time = Date.parse(from); time <= Date.parse(to); time += oneDay) {
    const day = textOf(time / oneDay)
    days.push({ ...none, ...found.get(day), day })
  }
  return days
}

function sum<None extends Counts>(items: readonly Counts[] | readonly object[], none: None): None {
  const total: Record<string, number> = { ...none }
  for (const item of items as readonly Counts[]) {
    for (const name of Object.keys(none)) total[name] = (total[name] ?? 0) + (item[name] ?? 0)
  }
  return total as None
}

function withRate<Item extends { readonly people: number; readonly complete: number }>(
  item: Item,
): Item & { readonly rate: number | null } {
  return { ...item, rate: item.people === 0 ? null : Math.round((item.complete / item.people) * 10_000) / 10_000 }
}
