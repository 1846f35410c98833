/** A command cannot do what it was asked; the message is for the person at the terminal and holds no secret. */
export interface Failure extends Error {
  /** 1: the operation failed; 2: it was asked for wrongly. */
  readonly exitCode: 1 | 2
}

export function failure(message: string, cause?: unknown): Failure {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { exitCode: 1 as const })
}

export function usageFault(message: string): Failure {
  return Object.assign(new Error(message), { exitCode: 2 as const })
}

export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && 'exitCode' in error && (error.exitCode === 1 || error.exitCode === 2)
}
