/** Why the app does not start, in words for the person at the terminal: what is wrong and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** The `code` of a Node or PostgreSQL error; '' when it has none. An `AggregateError` speaks through its first member. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0])
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return errorCode(error.cause)
}

/** The message of whatever was thrown. */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorMessage(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
