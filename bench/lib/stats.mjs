// Medians and how far the values around them lie.

/** The value that this share of the others is below; `sorted` ascends. */
export function quantile(sorted, share) {
  return sorted[Math.floor((sorted.length - 1) * share)]
}

export function median(values) {
  return quantile(ascending(values), 0.5)
}

export function ascending(values) {
  return Float64Array.from(values).sort()
}

/** Median, first and third quartile. */
export function summary(values) {
  const sorted = ascending(values)
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
}

/**
 * How two series of paired slices relate: the summary of `a / b`, slice by slice, so that what else the machine
 * did meanwhile met both.
 */
export function pairedRatio(a, b) {
  return summary(a.map((value, place) => value / b[place]))
}

export function pairedDifference(a, b) {
  return summary(a.map((value, place) => value - b[place]))
}

/** Whether a figure says nothing: its quartiles lie further apart than this share of it. */
export function isVague({ median: middle, low, high }, share = 0.3) {
  return high - low > share * Math.abs(middle)
}
