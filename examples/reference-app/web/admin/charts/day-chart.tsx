import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { formatShortDay } from '../lib/format.ts'
import { Bars, Lines } from './marks.tsx'
import { labelledDays, ticksUpTo } from './scale.ts'
import { type DayData, type Plane, xOf, yOf } from './types.ts'

export interface DayChartProps extends DayData {
  readonly kind: 'bars' | 'lines'
  /** What the drawing shows, for those who do not see it; the figures are in the table below it. */
  readonly description: string
  readonly format: (value: number) => string
  /** The value at the upper edge [a round one above the largest]. */
  readonly largest?: number
  /** Told which day the pointer is at. */
  readonly onPoint: (day: number | undefined) => void
}

const height = 240
const margin = { left: 44, right: 12, top: 12, bottom: 28 }

/** A value, or several, for each of many days. */
export function DayChart(props: DayChartProps): JSX.Element {
  const { days, series, kind, description, format, onPoint } = props
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame)
  const ticks = props.largest === undefined ? ticksUpTo(highest(props)) : quarters(props.largest)
  const plane: Plane = {
    left: margin.left,
    top: margin.top,
    width: Math.max(1, width - margin.left - margin.right),
    height: height - margin.top - margin.bottom,
    largest: ticks.at(-1) ?? 1,
    count: Math.max(1, days.length),
  }
  const Marks = kind === 'bars' ? Bars : Lines
  return (
    <div ref={frame} class="chart__frame">
      <svg class="chart__drawing" width={width} height={height} role="img" aria-label={description}>
        <Grid plane={plane} ticks={ticks} days={days} format={format} />
        <Marks plane={plane} series={series} />
        <Pointer plane={plane} onPoint={onPoint} />
      </svg>
    </div>
  )
}

/** The width of the place, as it changes; drawings keep their size of letters on small screens. */
function useWidth(frame: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(640)
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.max(160, Math.floor(entry.contentRect.width)))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return width
}

/** Bars are stacked, lines are not. */
function highest({ days, series, kind }: DayChartProps): number {
  const sums = days.map((_, day) => {
    const values = series.map(({ values: own }) => own[day] ?? 0)
    return kind === 'bars' ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values)
  })
  return Math.max(0, ...sums)
}

function quarters(largest: number): readonly number[] {
  return [0, 0.25, 0.5, 0.75, 1].map(part => part * largest)
}

interface GridProps {
  readonly plane: Plane
  readonly ticks: readonly number[]
  readonly days: readonly string[]
  readonly format: (value: number) => string
}

function Grid({ plane, ticks, days, format }: GridProps): JSX.Element {
  const right = plane.left + plane.width
  return (
    <g class="chart__grid">
      {ticks.map(tick => (
        <g key={tick}>
          <line x1={plane.left} x2={right} y1={yOf(plane, tick)} y2={yOf(plane, tick)} />
          <text x={plane.left - 8} y={yOf(plane, tick) + 4} text-anchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
      {labelledDays(days.length, plane.width).map(index => (
        <text key={index} x={xOf(plane, index)} y={height - 8} text-anchor={anchorOf(index, days.length)}>
          {formatShortDay(days[index] ?? '')}
        </text>
      ))}
    </g>
  )
}

/** Labels at the edges stay inside. */
function anchorOf(index: number, count: number): 'start' | 'middle' | 'end' {
  if (count < 3) return 'middle'
  return index === 0 ? 'start' : index === count - 1 ? 'end' : 'middle'
}

interface PointerProps {
  readonly plane: Plane
  readonly onPoint: (day: number | undefined) => void
}

/** Marks the day that the pointer is at. */
function Pointer({ plane, onPoint }: PointerProps): JSX.Element {
  const [day, setDay] = useState<number>()
  const point = (at: number | undefined): void => {
    setDay(at)
    onPoint(at)
  }
  const move = (event: JSX.TargetedPointerEvent<SVGRectElement>): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const part = (event.clientX - left) / width
    point(Math.min(plane.count - 1, Math.max(0, Math.floor(part * plane.count))))
  }
  const { left, top, width, height: tall } = plane
  return (
    <g>
      {day !== undefined && (
        <line class="chart__cursor" x1={xOf(plane, day)} x2={xOf(plane, day)} y1={top} y2={top + tall} />
      )}
      <rect
        class="chart__touch"
        x={left}
        y={top}
        width={width}
        height={tall}
        onPointerMove={move}
        onPointerDown={move}
        onPointerLeave={() => point(undefined)}
      />
    </g>
  )
}
