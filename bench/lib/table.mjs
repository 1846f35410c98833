// Markdown tables and how numbers are written in them.

/** The first column is text, the others are numbers by default. */
export function table(head, rows, { numbers = true } = {}) {
  const rule = head.map((_, place) => (place === 0 || !numbers ? '---' : '---:'))
  return [head, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

export function count(value) {
  return value.toLocaleString('en')
}

/** A median with its quartiles. */
export function spread({ median, low, high }, digits = 2) {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}
