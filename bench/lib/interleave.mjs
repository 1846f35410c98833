/**
 * Runs every variant in short slices, one after the other and round by round in another order, so that whatever
 * else the machine does meets all of them. `run(variant)` answers a slice's figure; the answer is the figures of
 * each variant, in the order of the rounds.
 */
export async function interleave(variants, rounds, run) {
  const figures = new Map(variants.map(variant => [variant, []]))
  for (let round = 0; round < rounds; round++) {
    for (const variant of orderOf(variants, round)) {
      globalThis.gc?.({ type: 'minor' })
      figures.get(variant).push(await run(variant))
    }
  }
  return figures
}

/** Each variant comes first as often as the others, and is run before and after each other one. */
function orderOf(variants, round) {
  const start = Math.floor(round / 2) % variants.length
  const rotated = [...variants.slice(start), ...variants.slice(0, start)]
  return round % 2 === 0 ? rotated : rotated.toReversed()
}
