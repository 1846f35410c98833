/** Spreads work over turns of the event loop, so that a flood of it does not hold up everything else. */
export interface TurnBudget {
  /** Does the work at once while this turn's budget lasts; later, in the order in which it came, otherwise. */
  spend<T>(work: () => T): T | Promise<T>
}

/** @param perTurn how many pieces of work are done in one turn. */
export function createTurnBudget(perTurn: number): TurnBudget {
  const waiting: (() => void)[] = []
  let spent = 0

  function nextTurn(): void {
    spent = Math.min(waiting.length, perTurn)
    if (spent > 0) setImmediate(nextTurn)
    for (const work of waiting.splice(0, spent)) work()
  }

  function spend<T>(work: () => T): T | Promise<T> {
    if (spent === 0) setImmediate(nextTurn)
    if (spent < perTurn) {
      spent++
      return work()
    }
    return new Promise((resolve, reject) => {
      waiting.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  return { spend }
}
