// The tables of the growth benchmark, and whether they keep what was promised.
import { median, pairedRatio } from '../lib/stats.mjs'
import { count, spread, table } from '../lib/table.mjs'
import { atMost } from '../lib/targets.mjs'

/** How much the medians of the load benchmark may move, as a ratio. */
const limit = 1.2

/** A row for each measured thing: the medians by size, and the largest size over each of the others. */
export function sizeTable(results, { digits, withPages }) {
  const sizes = results[0].variants.map(({ size }) => size)
  const head = [
    '',
    ...sizes.flatMap(size => [count(size), ...(withPages ? ['pages'] : [])]),
    ...sizes.slice(0, -1).map(size => `${short(sizes.at(-1))} / ${short(size)}`),
  ]
  const rows = results.map(({ name, variants }) => [
    name,
    ...variants.flatMap(({ slices, pages }) => [median(slices).toFixed(digits), ...(withPages ? [String(pages)] : [])]),
    ...ratiosOf(variants).map(({ ratio }) => spread(ratio)),
  ])
  return table(head, rows)
}

function ratiosOf(variants) {
  const largest = variants.at(-1)
  return variants.slice(0, -1).map(({ size, slices }) => ({ size, ratio: pairedRatio(largest.slices, slices) }))
}

/** A row for each plan, with the queries and the sizes that it was chosen for. */
export function accessTable(calls) {
  const rows = accessRows(calls)
  return table(['query', 'people', 'reads'], rows, { numbers: false })
}

function accessRows(calls) {
  const byPlan = new Map()
  for (const { name, variants } of calls) {
    for (const { size, nodes } of variants) {
      const plan = nodes.join(', ')
      const { names, people } = byPlan.get(plan) ?? { names: new Set(), people: new Set() }
      byPlan.set(plan, { names: names.add(name), people: people.add(count(size)) })
    }
  }
  return [...byPlan].map(([plan, { names, people }]) => [[...names].join('; '), [...people].join('; '), plan])
}

export function growthTargets(loads) {
  return loads.flatMap(({ name, variants }) =>
    ratiosOf(variants).map(({ size, ratio }) =>
      atMost(`${name}, ${count(variants.at(-1).size)} people over ${count(size)}`, limit, ratio),
    ),
  )
}

/** Sentences, one for each promise that is not kept. */
export function broken(calls, loads) {
  const scans = accessRows(calls).filter(([, , nodes]) => nodes.includes('Seq Scan'))
  const moved = loads.flatMap(({ name, variants }) =>
    ratiosOf(variants)
      .filter(({ ratio }) => ratio.median > limit)
      .map(
        ({ size, ratio }) => `${name}: ${count(variants.at(-1).size)} people cost × ${spread(ratio)} of ${count(size)}`,
      ),
  )
  return [...scans.map(([name]) => `${name}: reads a whole table`), ...moved]
}

function short(size) {
  if (size % 1_000_000 === 0) return `${size / 1_000_000} M`
  return size % 1000 === 0 ? `${size / 1000} k` : count(size)
}
