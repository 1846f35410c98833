import type { FastifyBaseLogger } from 'fastify'
import type { Actor } from '../audit/event.ts'
import type { HostTrx } from '../db/handle.ts'
import type { HookRegistry } from '../hooks/registry.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { User } from './user.ts'
import type { UserChanges } from './users.repository.ts'

/** What a hook learns of the request that caused it. */
export interface HookOrigin {
  /** The verified claims of the token, frozen. */
  readonly claims: VerifiedClaims
  readonly requestId: string
  /** The request's logger. */
  readonly log: FastifyBaseLogger
}

/** The same, inside the transaction. */
export interface TrxHookContext extends HookOrigin {
  /** The host's own view of the transaction: what is written through it stands or falls with the person. */
  readonly trx: HostTrx
}

/** What a hook gets of the request: these fields and no other, the token least of all. */
export function hookOrigin({ claims, requestId, log }: HookOrigin): HookOrigin {
  return { claims, requestId, log }
}

/** A person about to be created. The fields may be changed by `beforeCreate`. */
export interface NewUserDraft {
  readonly auth0_id: string
  email: string | null
  email_verified: boolean
  first_name: string
  last_name: string
  profile_data: Record<string, unknown>
}

/** A person and what changes about them. */
export interface ChangedUser {
  readonly user: User
  /** The columns that change and their new values. */
  readonly changes: Readonly<UserChanges>
}

/** Two people who become one: `from` goes, `into` stays. */
export interface MergedUsers {
  readonly from: User
  readonly into: User
}

/** What a hook learns of a merge: who ordered it. No request stands behind it. */
export interface MergeOrigin {
  readonly actor: Actor
}

/** The same, inside the transaction. */
export interface TrxMergeContext extends MergeOrigin {
  readonly trx: HostTrx
}

/**
 * The lifecycle hooks. Those with `trx` run inside the transaction: a throw rolls everything back
 * and fails the request (an error with a `statusCode` below 500 is sent as it is, any other as
 * `A0U_HOOK_FAILED`). The others run after the commit, are not waited for, and their failure is
 * logged and counted.
 */
export interface LifecycleHooks {
  beforeCreate: (draft: NewUserDraft, context: TrxHookContext) => void | Promise<void>
  afterCreate: (user: User, context: TrxHookContext) => void | Promise<void>
  beforeUpdate: (change: ChangedUser, context: TrxHookContext) => void | Promise<void>
  afterUpdate: (change: ChangedUser, context: TrxHookContext) => void | Promise<void>
  onCreated: (user: User, origin: HookOrigin) => void | Promise<void>
  onUpdated: (change: ChangedUser, origin: HookOrigin) => void | Promise<void>
  /** The host's rows of `from` are to be moved here: its row is deleted afterwards. */
  beforeMerge: (merge: MergedUsers, context: TrxMergeContext) => void | Promise<void>
  onMerged: (merge: MergedUsers, origin: MergeOrigin) => void | Promise<void>
}

/** The registry as this module uses it. */
export type UserHooks = HookRegistry<LifecycleHooks>
