/**
 * Gathers work. What is added in one turn of the event loop, and all that is added while
 * `maxRunning` batches run, goes together, in the order in which it came.
 */
export interface Batcher<Item, Answer> {
  /** Resolves to the item's own result, or rejects with the error of its batch. */
  add(item: Item): Promise<Answer>
}

export interface BatcherOptions<Item, Answer> {
  /** Most items of one batch; with 1 this is a limit on concurrency. */
  readonly maxBatch: number
  /** Most batches at one time. */
  readonly maxRunning: number
  /** Results of the items in their order; a result that is a promise no longer counts as running. */
  readonly run: (items: readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>
}

interface Waiting<Item, Answer> {
  readonly item: Item
  resolve(answer: Answer | Promise<Answer>): void
  reject(error: unknown): void
}

export function createBatcher<Item, Answer>(options: BatcherOptions<Item, Answer>): Batcher<Item, Answer> {
  const { maxBatch, maxRunning, run } = options
  const queue: Waiting<Item, Answer>[] = []
  let running = 0
  let scheduled = false

  /** At the end of the turn, also when a batch has ended: started at once, smaller batches made a load cost a third more. */
  function schedule(): void {
    if (scheduled || queue.length === 0 || running >= maxRunning) return
    scheduled = true
    setImmediate(start)
  }

  function start(): void {
    scheduled = false
    while (queue.length > 0 && running < maxRunning) {
      const batch = queue.splice(0, maxBatch)
      running++
      void settle(batch).finally(() => {
        running--
        schedule()
      })
    }
  }

  async function settle(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await run(batch.map(({ item }) => item))
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer | Promise<Answer>)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        schedule()
      })
    },
  }
}
