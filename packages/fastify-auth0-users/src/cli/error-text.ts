import { Auth0UsersError } from '../errors.ts'

/** What went wrong, in words for the terminal. Connection strings and tokens are not in it. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorText).join('; ')
  if (!(error instanceof Error)) return 'unknown error'
  const inner = error instanceof Auth0UsersError && error.cause !== undefined ? `: ${errorText(error.cause)}` : ''
  return `${withoutUrls(error.message) || error.name}${inner}`
}

/** Passwords stand between the scheme and the host. */
function withoutUrls(text: string): string {
  return text.replaceAll(/\b([a-z]+:\/\/)[^\s@/]*@/gi, '$1')
}
