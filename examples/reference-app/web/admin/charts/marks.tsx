import type { JSX } from 'preact'
import { type Plane, type Series, xOf, yOf } from './types.ts'

interface MarksProps {
  readonly plane: Plane
  readonly series: readonly Series[]
}

/** A bar a day, the series on top of one another. */
export function Bars({ plane, series }: MarksProps): JSX.Element {
  const slot = plane.width / plane.count
  const width = Math.max(1, Math.min(28, slot * 0.7))
  const days = Array.from({ length: plane.count }, (_, index) => index)
  return (
    <g>
      {days.map(day => {
        const parts = stacked(series, day)
        return parts.map(({ from, to, place }) => (
          <rect
            key={`${day}-${place}`}
            class={`mark mark--${place}`}
            x={xOf(plane, day) - width / 2}
            y={yOf(plane, to)}
            width={width}
            height={Math.max(0, yOf(plane, from) - yOf(plane, to))}
          />
        ))
      })}
    </g>
  )
}

function stacked(series: readonly Series[], day: number): { from: number; to: number; place: number }[] {
  const parts: { from: number; to: number; place: number }[] = []
  let from = 0
  for (const [place, { values }] of series.entries()) {
    const value = values[day] ?? 0
    if (value > 0) parts.push({ from, to: from + value, place })
    from += value
  }
  return parts
}

/** A line a series, with gaps where there is no value, and the area below the first one. */
export function Lines({ plane, series }: MarksProps): JSX.Element {
  return (
    <g>
      {series.map(({ label, values }, place) => (
        <g key={label}>
          {runsOf(values).map(run => (
            <Run key={run[0]?.day} plane={plane} run={run} place={place} />
          ))}
        </g>
      ))}
    </g>
  )
}

interface Point {
  readonly day: number
  readonly value: number
}

/** The days with values, divided at those without. */
function runsOf(values: readonly (number | null)[]): readonly (readonly Point[])[] {
  const runs: Point[][] = []
  let open: Point[] | undefined
  for (const [day, value] of values.entries()) {
    if (value === null) {
      open = undefined
      continue
    }
    if (open === undefined) {
      open = []
      runs.push(open)
    }
    open.push({ day, value })
  }
  return runs
}

interface RunProps {
  readonly plane: Plane
  readonly run: readonly Point[]
  readonly place: number
}

function Run({ plane, run, place }: RunProps): JSX.Element | null {
  const [first, last] = [run[0], run.at(-1)]
  if (first === undefined || last === undefined) return null
  const points = run.map(({ day, value }) => `${xOf(plane, day).toFixed(1)} ${yOf(plane, value).toFixed(1)}`)
  if (run.length === 1) {
    return <circle class={`mark mark--${place}`} cx={xOf(plane, first.day)} cy={yOf(plane, first.value)} r="3" />
  }
  const base = plane.top + plane.height
  const area = `M${xOf(plane, first.day)} ${base}L${points.join('L')}L${xOf(plane, last.day)} ${base}Z`
  return (
    <>
      {place === 0 && <path class="area-mark" d={area} />}
      <path class={`line-mark line-mark--${place}`} d={`M${points.join('L')}`} />
    </>
  )
}
