import { outboxShards } from '../db/migrations/0028-outbox.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import type { SubscribeOptions } from './options.ts'

const namePattern = /^[A-Za-z0-9._-]{1,100}$/
const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Throws `A0U_OUTBOX_INVALID`. */
export function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new Auth0UsersError('A0U_OUTBOX_INVALID', { faults })
}

export function requireName(name: unknown): void {
  if (typeof name === 'string' && namePattern.test(name)) return
  refuse([{ field: 'name', message: 'must be 1 to 100 letters, digits, `.`, `_` or `-`' }])
}

export function requireUserId(id: unknown, field: string): void {
  if (typeof id === 'string' && uuidPattern.test(id)) return
  refuse([{ field, message: 'must be the id of a user' }])
}

type Checked = SubscribeOptions & Required<Pick<SubscribeOptions, 'concurrency' | 'timeout' | 'attempts'>>

/** With defaults; throws `A0U_OUTBOX_INVALID` naming every fault. */
export function requireSubscribeOptions(handler: unknown, options: SubscribeOptions): Checked {
  const { concurrency = 4, timeout = 60, attempts = 20, kinds } = options
  const faults: Fault[] = []
  const demand = (holds: boolean, field: string, message: string): void => {
    if (!holds) faults.push({ field, message })
  }
  demand(typeof handler === 'function', 'handler', 'must be a function')
  demand(isWhole(concurrency, outboxShards), 'concurrency', `must be a whole number from 1 to ${outboxShards}`)
  demand(isWhole(attempts, 1000), 'attempts', 'must be a whole number from 1 to 1000')
  demand(timeout > 0 && timeout <= 3600, 'timeout', 'must be a number of seconds above 0 and at most 3600')
  const texts = kinds === undefined || (Array.isArray(kinds) && kinds.every(kind => typeof kind === 'string'))
  demand(texts, 'kinds', 'must be a list of kinds such as `user.created`')
  refuse(faults)
  return { ...options, concurrency, timeout, attempts }
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most
}
