// Options of the benchmarks, from the command line.

/** A whole number from `least`; anything else ends the process with a sentence. */
export function wholeNumber(name, text, least) {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  return refuse(`--${name}: whole numbers from ${least} are needed`)
}

/** Several of them, with commas between. */
export function wholeNumbers(name, text, least) {
  return text.split(',').map(part => wholeNumber(name, part, least))
}

export function refuse(sentence) {
  console.error(sentence)
  process.exit(2)
}
