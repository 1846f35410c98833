import { type Actor, record, system } from '../audit/audit.ts'
import { afterCommit } from '../db/after-commit.ts'
import type { Databases, Trx } from '../db/handle.ts'
import { toIso, toMillis } from '../db/time.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { isPrintable, isUuid } from '../lib/text.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import type { Permission } from '../types.ts'
import { withLivingUser } from '../users/living.ts'
import {
  type ApiTokenRow,
  countLiveApiTokens,
  insertApiToken,
  lockExpiringApiToken,
  markReminded,
  revokeApiToken,
  selectApiTokenByHash,
  selectApiTokens,
} from './api-token.repository.ts'
import type { Credential } from './credential.ts'
import type { TokenFormat } from './secret.ts'

/** An API token as its owner and staff see it. Times are ISO 8601 strings in UTC. */
export interface ApiToken {
  readonly id: string
  readonly user_id: string
  readonly name: string
  /** Null: everything that its owner holds. */
  readonly scopes: readonly string[] | null
  readonly expires_at: string | null
  readonly revoked_at: string | null
  /** Up to half a minute behind. */
  readonly last_used_at: string | null
  readonly created_at: string
}

/** What `app.auth0Users.apiTokens.create` is asked for. */
export interface NewApiTokenRequest {
  readonly userId: string
  /** 1 to 150 characters. */
  readonly name: string
  /** What it is limited to; its owner must hold each of them too, at the time of use [everything the owner holds]. */
  readonly scopes?: readonly Permission[]
  /** Seconds from now [never]. */
  readonly expiresIn?: number
}

/** `app.auth0Users.apiTokens`: tokens for `Authorization: Token …`. */
export interface ApiTokens {
  /**
   * Makes a token. `text` is the token itself; it is kept nowhere and cannot be had again. Rejects with
   * `A0U_BODY_INVALID`, `A0U_CREDENTIAL_UNKNOWN` (no such person), `A0U_API_TOKEN_LIMIT`.
   */
  create(request: NewApiTokenRequest, actor?: Actor): Promise<{ readonly token: ApiToken; readonly text: string }>
  /** All tokens of a person, newest first, revoked ones too. */
  list(userId: string): Promise<readonly ApiToken[]>
  /**
   * Ends a token: at once in this process, within seconds in others. With `userId` only if it is that person's.
   * Rejects with `A0U_CREDENTIAL_UNKNOWN`, also for one that was revoked already.
   */
  revoke(id: string, owner?: { readonly userId?: string; readonly actor?: Actor }): Promise<void>
  /**
   * Calls `remind` for each token that expires within so many seconds, once a token, however many
   * processes do so; to be run by the host's scheduler. A rejection of `remind` leaves that token and the
   * ones after it for the next run. Answers how many owners were reminded.
   */
  remindExpiring(within: number, remind: (token: ApiToken) => Promise<void>): Promise<number>
}

/** The same with what other modules need. */
export interface ApiTokenService extends ApiTokens {
  /** Revokes inside a transaction; false for an unknown one. */
  revokeWithin(trx: Trx, id: string, owner: { readonly userId?: string; readonly actor: Actor }): Promise<boolean>
}

export interface ApiTokensOptions {
  readonly databases: Databases
  readonly format: TokenFormat
  readonly catalogue: Catalogue
  readonly maxPerUser: number
  /** Drops a token from memory; called after the commit of a revocation. */
  readonly onEnded: (id: string) => void
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** Most owners reminded by one run. */
const maxReminders = 10_000

/** Ten years, in seconds. */
const longestLife = 315_576_000

export function createApiTokens(options: ApiTokensOptions): ApiTokenService {
  const { databases, format, onEnded } = options
  const clock = (): Date => new Date(options.now())

  const revokeWithin: ApiTokenService['revokeWithin'] = async (trx, id, { userId, actor }) => {
    afterCommit(trx, () => onEnded(id))
    const owner = isUuid(id) ? await revokeApiToken(trx, id, userId, clock()) : undefined
    if (owner === undefined) return false
    await record(trx, { ...actor, userId: owner, action: 'token.revoked', fields: [], detail: { id } })
    return true
  }

  return {
    revokeWithin,
    async create(request, actor = system) {
      checkRequest(request, options.catalogue)
      const { userId, name, scopes, expiresIn } = request
      const { text, hash } = format.mint()
      const now = clock()
      const expires_at = expiresIn === undefined ? null : new Date(now.getTime() + expiresIn * 1000)
      const values = {
        user_id: userId,
        name,
        hash,
        scopes: scopes === undefined ? null : [...new Set(scopes)],
        expires_at,
      }
      const row = await reaching(() =>
        databases.transaction(trx => {
          const change = { userId, actor, creates: 'authority', unknown: 'A0U_CREDENTIAL_UNKNOWN' } as const
          return withLivingUser(trx, change, async () => {
            const live = await countLiveApiTokens(trx, userId, now)
            if (live >= options.maxPerUser) throw new Auth0UsersError('A0U_API_TOKEN_LIMIT')
            const inserted = await insertApiToken(trx, values)
            await record(trx, { ...actor, userId, action: 'token.created', fields: [], detail: { id: inserted.id } })
            return inserted
          })
        }),
      )
      return { token: toApiToken(row), text }
    },
    async list(userId) {
      return (await reaching(() => selectApiTokens(databases.primary, userId))).map(toApiToken)
    },
    async revoke(id, { userId, actor = system } = {}) {
      if (!isUuid(id)) throw new Auth0UsersError('A0U_CREDENTIAL_UNKNOWN')
      const found = await reaching(() =>
        databases.transaction(trx => revokeWithin(trx, id, userId === undefined ? { actor } : { userId, actor })),
      )
      if (!found) throw new Auth0UsersError('A0U_CREDENTIAL_UNKNOWN')
    },
    async remindExpiring(within, remind) {
      for (let reminded = 0; reminded < maxReminders; reminded++) {
        const more = await reaching(() =>
          databases.transaction(async trx => {
            const row = await lockExpiringApiToken(trx, clock(), new Date(options.now() + within * 1000))
            if (row === undefined) return false
            await markReminded(trx, row.id, clock())
            await remind(toApiToken(row))
            return true
          }),
        )
        if (!more) return reminded
      }
      return maxReminders
    },
  }
}

/** What authentication needs to know of a token; undefined for an unknown one. Rejects with `A0U_DATABASE_UNAVAILABLE`. */
export async function findApiToken({ primary }: Databases, hash: Uint8Array): Promise<Credential | undefined> {
  const row = await reaching(() => selectApiTokenByHash(primary, hash))
  if (row?.auth0_id == null) return undefined
  return {
    id: row.id,
    userId: row.user_id,
    subject: row.auth0_id,
    scopes: row.scopes === null ? null : new Set(row.scopes),
    createdAt: toMillis(row.created_at),
    expiresAt: row.expires_at === null ? Number.POSITIVE_INFINITY : toMillis(row.expires_at),
    revoked: row.revoked_at !== null,
    usedAt: row.last_used_at === null ? 0 : toMillis(row.last_used_at),
  }
}

function checkRequest({ name, scopes, expiresIn }: NewApiTokenRequest, catalogue: Catalogue): void {
  const faults: Fault[] = []
  if (typeof name !== 'string' || name.trim() === '' || name.length > 150 || !isPrintable(name)) {
    faults.push({ field: 'name', message: 'must be a text of 1 to 150 characters' })
  }
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every(scope => catalogue.has(scope)))) {
    faults.push({ field: 'scopes', message: 'must be a list of permissions that exist' })
  }
  if (expiresIn !== undefined && !(Number.isInteger(expiresIn) && expiresIn >= 1 && expiresIn <= longestLife)) {
    faults.push({ field: 'expires_in', message: `must be a whole number of seconds from 1 to ${longestLife}` })
  }
  if (faults.length > 0) throw new Auth0UsersError('A0U_BODY_INVALID', { faults })
}

export function toApiToken(row: ApiTokenRow): ApiToken {
  const time = (date: Date | null): string | null => (date === null ? null : toIso(date))
  return {
    ...row,
    expires_at: time(row.expires_at),
    revoked_at: time(row.revoked_at),
    last_used_at: time(row.last_used_at),
    created_at: toIso(row.created_at),
  }
}
