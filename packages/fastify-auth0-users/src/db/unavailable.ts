import { Auth0UsersError } from '../errors.ts'

/** Seconds in Retry-After while the database is unavailable. */
const retryAfter = 5

/** Connection faults of Node, by `code`. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/**
 * PostgreSQL: shutdowns and start-up, idle sessions ended, statement and lock timeouts, read-only
 * after a failover, serialization failures and deadlocks. Class 53 (out of resources) and class 08
 * (connection) count as a whole.
 */
const serverCodes = new Set([
  ...['57P01', '57P02', '57P03', '57P05', '57014', '55P03'],
  ...['25006', '25P03', '40001', '40P01'],
])

/** `pg` and its pool give these faults no code. */
const connectionMessages =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/

/** Whether an error says that the database cannot be reached or does not respond, rather than that a statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable)
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'string') {
    return networkCodes.has(code) || serverCodes.has(code) || /^(?:08|53)/.test(code) || isMissingSocket(error)
  }
  return connectionMessages.test(error.message)
}

/** A unix socket that is not there; any other missing file is not a fault of the database. */
function isMissingSocket(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect'
}

/**
 * What may be known of an error of PostgreSQL outside of this process: its `detail` quotes rows, and
 * the messages of class 22 (data exceptions) quote values, so both are left out.
 */
class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault'
  readonly sqlState: string
  readonly constraint: string | undefined

  constructor(sqlState: string, error: Error) {
    super(sqlState.startsWith('22') ? `SQLSTATE ${sqlState}` : `SQLSTATE ${sqlState}: ${error.message}`)
    this.sqlState = sqlState
    this.constraint = 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : undefined
  }
}

/**
 * Runs database work. An unreachable database becomes `A0U_DATABASE_UNAVAILABLE` (503 with Retry-After),
 * any other error of PostgreSQL `A0U_DATABASE_FAILED` (500); what is none of its errors passes.
 */
export async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isUnavailable(error)) throw new Auth0UsersError('A0U_DATABASE_UNAVAILABLE', { cause: error, retryAfter })
    const fault = faultOf(error)
    throw fault === undefined ? error : new Auth0UsersError('A0U_DATABASE_FAILED', { cause: fault })
  }
}

/** Of an error as PostgreSQL's driver threw it, or as `reaching` passed it on. */
function faultOf(error: unknown): DatabaseFault | undefined {
  if (error instanceof Auth0UsersError) {
    return error.code === 'A0U_DATABASE_FAILED' && error.cause instanceof DatabaseFault ? error.cause : undefined
  }
  const state = error instanceof Error && 'code' in error ? error.code : undefined
  const isState = typeof state === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(state)
  return isState ? new DatabaseFault(state, error as Error) : undefined
}

/** The SQLSTATE of an error, if it is one of PostgreSQL. */
export function sqlState(error: unknown): string | undefined {
  return faultOf(error)?.sqlState
}

/** Whether an error is a violation of a unique constraint or index whose name ends so. */
export function isUniqueViolation(error: unknown, nameEnd: string): boolean {
  const fault = faultOf(error)
  return fault?.sqlState === '23505' && fault.constraint?.endsWith(nameEnd) === true
}
