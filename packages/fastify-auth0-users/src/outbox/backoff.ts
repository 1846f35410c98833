/** How a failed entry is tried again. */
export interface RetryPolicy {
  /** How often an entry is tried before it becomes a dead letter. */
  readonly attempts: number
  /** The longest pause between two tries, in seconds. */
  readonly maxPause: number
}

/** 20 tries in about an hour. */
export const handlerRetries: RetryPolicy = { attempts: 20, maxPause: 300 }

/** Seconds after the given number of failed tries: about 1, 2, 4 …; up to a tenth longer, so that they spread. */
export function pauseAfter(failures: number, { maxPause }: RetryPolicy, random: () => number = Math.random): number {
  return Math.min(2 ** (failures - 1), maxPause) * (1 + random() / 10)
}

/** Name and code of an error; its message may quote what an entry led to. */
export function errorLabel(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
  return `${error.name}${code}`.replaceAll(/[^\w .:-]/g, '').slice(0, 200)
}
