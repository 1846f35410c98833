// Figures that are to be reached, and whether they were.
import { isVague } from './stats.mjs'
import { spread, table } from './table.mjs'

/** @param measured `{ median, low, high }` */
export function atLeast(figure, limit, measured, unit = '×') {
  return { figure, wanted: `≥ ${limit} ${unit}`, measured, unit, reached: measured.median >= limit }
}

export function atMost(figure, limit, measured, unit = '×') {
  return { figure, wanted: `≤ ${limit} ${unit}`, measured, unit, reached: measured.median <= limit }
}

export function targetTable(targets) {
  const rows = targets.map(({ figure, wanted, measured, unit, reached }) => [
    figure,
    wanted,
    `${spread(measured)} ${unit}`,
    reached ? 'yes' : '**no**',
    isVague(measured) ? 'the spread makes it meaningless: measure again on a quieter machine' : '',
  ])
  return table(['figure', 'to reach', 'measured (quartiles)', 'reached', ''], rows, { numbers: false })
}
