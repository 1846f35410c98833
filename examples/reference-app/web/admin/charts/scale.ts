/** Round values from 0 to at least `largest`, for the lines of a chart; whole numbers unless `largest` is below 2. */
export function ticksUpTo(largest: number, wanted = 4): readonly number[] {
  if (largest <= 0) return [0, 1]
  const rough = largest / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max([1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? rough, 1)
  const count = Math.ceil(largest / step)
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}

const dayStep = [1, 2, 3, 5, 7, 10, 14, 30, 61, 92]

/** Which of many days get a label of some 60 px: every so many, counted from the last one. */
export function labelledDays(count: number, width: number): readonly number[] {
  const most = Math.max(2, Math.floor(width / 68))
  const step = dayStep.find(days => count / days <= most) ?? count
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => count - 1 - index * step).reverse()
}
