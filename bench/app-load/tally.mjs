// What was answered, and what should not have been.

/** Milliseconds after the database is back in which 503 is still due: pools and the change feed reconnect. */
const grace = 6000

/** Counts answers; 503 is right while the database is away, and nowhere else. */
export function createTally() {
  const answers = new Map()
  const faults = []
  let outage
  let broken = 0
  let unavailable = 0
  let slowest = 0

  const inOutage = moment => outage !== undefined && moment >= outage.from && moment <= (outage.to ?? Infinity) + grace

  /** For the report of a 503 that should not have been. */
  const whenTo = moment => {
    if (outage === undefined) return 'before the outage'
    return `${((moment - (outage.to ?? outage.from)) / 1000).toFixed(1)} s after the outage`
  }

  return {
    outageBegins: () => {
      outage = { from: Date.now() }
    },
    outageEnds: () => {
      outage.to = Date.now()
    },
    /** A check failed: wrong data, or an answer that nobody should get. */
    fault: text => faults.push(text),
    answered(what, status, began, expected) {
      const key = `${what} ${status}`
      answers.set(key, (answers.get(key) ?? 0) + 1)
      slowest = Math.max(slowest, Date.now() - began)
      if (expected.includes(status)) return
      if (status !== 503) faults.push(`${what} was answered ${status}`)
      else if (inOutage(began) || inOutage(Date.now())) unavailable += 1
      else faults.push(`${what} was answered 503 ${whenTo(Date.now())}, after ${Date.now() - began} ms`)
    },
    /** A connection ended without an answer; right only where a process was killed without warning. */
    broken(what, reason, allowed) {
      broken += 1
      if (!allowed) faults.push(`${what} got no answer: ${reason}`)
    },
    result: () => ({ answers, faults, broken, unavailable, slowest }),
  }
}
