/** The `statusCode` that an error announces; undefined where it has none. */
export function httpStatusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

/** Whether an error announces a status from 400 to 499: the request was refused, and a retry changes nothing. */
export function isClientError(error: unknown): boolean {
  const status = httpStatusOf(error) ?? 0
  return status >= 400 && status < 500
}
