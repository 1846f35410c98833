import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Section } from '../components/page.tsx'
import { type Column, DataTable } from '../components/table.tsx'
import { formatLongDay as formatDay } from '../lib/format.ts'
import { DayChart, type DayChartProps } from './day-chart.tsx'

interface ReportProps extends Omit<DayChartProps, 'onPoint'> {
  readonly title: string
  /** The range in one line. */
  readonly summary: ComponentChildren
}

/** A chart with its legend, the figures of the day under the pointer, and all figures as a table. */
export function Report({ title, summary, ...chart }: ReportProps): JSX.Element {
  const [pointed, setPointed] = useState<number>()
  return (
    <Section title={title}>
      <div class="row row--apart chart__head">
        <p class="chart__summary">{pointed === undefined ? summary : <Reading chart={chart} day={pointed} />}</p>
        {chart.series.length > 1 && <Legend labels={chart.series.map(({ label }) => label)} />}
      </div>
      <DayChart {...chart} onPoint={setPointed} />
      <details class="chart__table">
        <summary>{title} as a table</summary>
        <Figures title={title} chart={chart} />
      </details>
    </Section>
  )
}

type Chart = Omit<DayChartProps, 'onPoint'>

function Reading({
  chart: { days, series, format },
  day,
}: {
  readonly chart: Chart
  readonly day: number
}): JSX.Element {
  const values = series.map(({ label, values: own }) => {
    const value = own[day] ?? null
    return `${label}: ${value === null ? '–' : format(value)}`
  })
  return (
    <>
      <strong>{formatDay(days[day] ?? '')}</strong> {values.join(', ')}
    </>
  )
}

function Legend({ labels }: { readonly labels: readonly string[] }): JSX.Element {
  return (
    <ul class="plain legend">
      {labels.map((label, place) => (
        <li key={label}>
          <svg width="12" height="12" aria-hidden="true">
            <rect class={`mark mark--${place}`} width="12" height="12" rx="3" />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  )
}

function Figures({ title, chart: { days, series, format } }: { readonly title: string; readonly chart: Chart }) {
  const columns: readonly Column<number>[] = [
    { label: 'Day', render: index => formatDay(days[index] ?? '') },
    ...series.map(({ label, values }) => ({
      label,
      figures: true,
      render: (index: number) => {
        const value = values[index] ?? null
        return value === null ? '–' : format(value)
      },
    })),
  ]
  return <DataTable caption={title} columns={columns} rows={days.map((_, index) => index)} keyOf={String} />
}
