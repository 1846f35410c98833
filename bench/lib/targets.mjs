// Figures that are to be reached, and whether they were.
import { isVague } from './stats.mjs'
import { spread, table } from './table.mjs'

/**
 * @param measured `{ median, low, high }`
 * @param ceiling the same for something in the same run that does nothing but what nobody can leave out.
 */
export function atLeast(figure, limit, measured, ceiling) {
  const unit = '×'
  return { figure, wanted: `≥ ${limit} ${unit}`, measured, unit, ceiling, reached: measured.median >= limit }
}

export function atMost(figure, limit, measured, unit = '×') {
  return { figure, wanted: `≤ ${limit} ${unit}`, measured, unit, reached: measured.median <= limit }
}

export function targetTable(targets) {
  const rows = targets.map(({ figure, wanted, measured, unit, ceiling, reached }) => [
    figure,
    wanted,
    `${spread(measured)} ${unit}`,
    ceiling === undefined ? '' : `${ceiling.median.toFixed(2)} ${unit}`,
    reached ? 'yes' : '**no**',
    isVague(measured) ? 'the spread makes it meaningless: measure again on a quieter machine' : '',
  ])
  return table(['figure', 'to reach', 'measured (quartiles)', 'ceiling', 'reached', ''], rows, { numbers: false })
}
