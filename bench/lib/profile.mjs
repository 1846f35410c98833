// Reads profiles that `node --cpu-prof` wrote.

/** Starting and warming up are left out: the first half of a profile. */
const skipped = 0.5

/** Microseconds by function in the later part of a profile, idle time left out. */
export function busySamples({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map()
  for (let at = Math.floor(samples.length * skipped); at < samples.length; at++) {
    const frame = frames.get(samples[at])
    if (frame.functionName === '(idle)') continue
    const where = placeOf(frame)
    times.set(where, (times.get(where) ?? 0) + timeDeltas[at])
  }
  return times
}

/** Those with the most self time, with their shares of all. */
export function topFunctions(times, top) {
  const all = [...times.values()].reduce((sum, time) => sum + time, 0)
  const sorted = [...times].toSorted(([, a], [, b]) => b - a).slice(0, top)
  return sorted.map(([where, time]) => ({ where, share: time / all }))
}

function placeOf({ functionName, url, lineNumber }) {
  const file = url.split('/').slice(-3).join('/')
  const name = functionName === '' ? '(anonymous)' : functionName
  return `\`${name}\`${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`
}
