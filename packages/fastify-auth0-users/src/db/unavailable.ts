import { Auth0UsersError } from '../errors.ts'

/** Seconds that a client is told to wait while the database is away. */
const retryAfter = 5

/** Connection faults of Node, by `code`. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** PostgreSQL: admin shutdown, crash shutdown, cannot connect now, too many connections, statement timeout. */
const serverCodes = new Set(['57P01', '57P02', '57P03', '53300', '57014'])

/** `pg` and its pool give these faults no code. */
const connectionMessages =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/

/** Whether an error says that the database cannot be reached or does not answer, rather than that a statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable)
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'string') return networkCodes.has(code) || serverCodes.has(code) || code.startsWith('08')
  return connectionMessages.test(error.message)
}

/** Runs database work; an unreachable database becomes `A0U_DATABASE_UNAVAILABLE` (503 with Retry-After). */
export async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isUnavailable(error) ? new Auth0UsersError('A0U_DATABASE_UNAVAILABLE', { cause: error, retryAfter }) : error
  }
}

/** The SQLSTATE of a PostgreSQL error, if it is one. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Whether an error is a violation of a unique constraint or index whose name ends so. */
export function isUniqueViolation(error: unknown, nameEnd: string): boolean {
  if (sqlState(error) !== '23505' || !(error instanceof Error)) return false
  const constraint = 'constraint' in error ? error.constraint : undefined
  return typeof constraint === 'string' && constraint.endsWith(nameEnd)
}
