/** Numbers from 1 to `size`, always the same ones: a linear congruential generator. */
export function numbers(size, seed = 42) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return 1 + Math.floor((state / 2 ** 32) * size)
  }
}

/** The numbers from 0 to `size` - 1 in an order that looks like none, always the same one. */
export function shuffled(size) {
  const order = Array.from({ length: size }, (_, n) => n)
  const pick = numbers(size)
  for (let n = size - 1; n > 0; n--) {
    const other = (pick() - 1) % (n + 1)
    ;[order[n], order[other]] = [order[other], order[n]]
  }
  return order
}
