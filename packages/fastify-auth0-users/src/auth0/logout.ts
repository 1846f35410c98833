import type { FastifyBaseLogger } from 'fastify'
import type { Actor } from '../audit/event.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, Trx } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { JsonObject } from '../lib/json.ts'
import { counter } from '../telemetry/index.ts'
import { pushed } from '../users/provisioning/audit.ts'
import type { PushContext, PushedPeople } from '../users/push/pushed.ts'
import { insertEventOnce } from './event.repository.ts'
import { checkLogoutToken, type LogoutOrder, logoutTokenTypes } from './logout-token.ts'
import type { ResolvedBackchannelLogout } from './options.ts'
import { createTidy } from './retention.ts'
import { toSecond } from './subject-state.ts'

export interface Logout {
  /**
   * Does what a logout token orders, once. Rejects with `A0U_LOGOUT_TOKEN_INVALID`, `A0U_LOGOUT_TOKEN_REPLAYED`,
   * `A0U_KEYS_UNAVAILABLE` or `A0U_DATABASE_UNAVAILABLE`.
   */
  run(token: string, request: { readonly id: string; readonly log: FastifyBaseLogger }): Promise<void>
}

/** The sessions of another module, as this one needs them. */
export interface EndableSessions {
  endWithin(trx: Trx, filter: { readonly sid: string } | { readonly userId: string }, actor: Actor): Promise<string[]>
}

export interface LogoutDeps {
  readonly databases: Databases
  readonly options: ResolvedBackchannelLogout
  readonly verifySignature: (raw: string, types: readonly string[]) => Promise<JsonObject>
  readonly people: PushedPeople
  readonly sessions: EndableSessions
  /** Seconds. */
  readonly clockTolerance: number
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** How long a `jti` is remembered beyond its time, for clocks of processes differ; in milliseconds. */
const margin = 3_600_000

const countLogout = counter('auth0.logouts')

export function createLogout(deps: LogoutDeps): Logout {
  const { databases, options, people, sessions, now } = deps
  const tidy = createTidy(databases, now)

  async function verified(token: string): Promise<LogoutOrder> {
    try {
      const payload = await deps.verifySignature(token, logoutTokenTypes)
      return checkLogoutToken(payload, { ...deps, clientIds: options.clientIds }, now())
    } catch (error) {
      if (!(error instanceof Auth0UsersError) || error.statusCode >= 500 || isOwn(error)) throw error
      throw new Auth0UsersError('A0U_LOGOUT_TOKEN_INVALID', { cause: new Error(error.code) })
    }
  }

  /** Resolves to how many sessions ended. With the `jti` in the same transaction, so that a logout that failed can be sent again. */
  async function execute(order: LogoutOrder, context: PushContext, actor: Actor): Promise<number> {
    const { trx } = context
    if (!(await insertEventOnce(trx, order.idHash, 'applied', new Date(order.validUntil + margin)))) {
      throw new Auth0UsersError('A0U_LOGOUT_TOKEN_REPLAYED')
    }
    const person = order.subject === null ? undefined : await people.find(context, order.subject)
    const ended = order.sid === null ? [] : await sessions.endWithin(trx, { sid: order.sid }, actor)
    if (person === undefined) return ended.length
    if (order.sid === null) ended.push(...(await sessions.endWithin(trx, { userId: person.id }, actor)))
    if (options.accessTokens === 'revoke')
      await people.revokeTokens(context, person, new Date(toSecond(order.issuedAt)))
    userChanged(trx, person.id)
    return ended.length
  }

  async function run(token: string, { id: requestId, log }: Parameters<Logout['run']>[1]): Promise<void> {
    const order = await verified(token)
    const actor = { actorId: null, method: pushed, requestId }
    const claims = Object.freeze({ iss: '', sub: order.subject ?? '', aud: '', iat: 0, exp: 0 })
    const origin = { method: pushed, claims, requestId, log }
    const ended = await reaching(() =>
      databases.transaction((trx, hostTrx) => execute(order, { trx, hostTrx, origin }, actor)),
    )
    log.info({ event: 'auth0.logout', sessions: ended }, 'Auth0 ordered a logout')
    await tidy(log)
  }

  return {
    async run(token, request) {
      try {
        await run(token, request)
        countLogout({ outcome: 'done' })
      } catch (error) {
        countLogout({ outcome: outcomeOf(error) })
        throw error
      }
    },
  }
}

function isOwn({ code }: Auth0UsersError): boolean {
  return code === 'A0U_LOGOUT_TOKEN_INVALID' || code === 'A0U_LOGOUT_TOKEN_REPLAYED'
}

function outcomeOf(error: unknown): 'refused' | 'replayed' | 'failed' {
  if (!(error instanceof Auth0UsersError) || !isOwn(error)) return 'failed'
  return error.code === 'A0U_LOGOUT_TOKEN_REPLAYED' ? 'replayed' : 'refused'
}
