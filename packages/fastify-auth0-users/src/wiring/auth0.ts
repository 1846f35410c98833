import type { FastifyInstance } from 'fastify'
import type { Clock } from '../lib/clock.ts'
import type { JsonObject } from '../lib/json.ts'
import '../augment.ts'
import type { HashValues } from '../audit/value-hashes.ts'
import { createSettle } from '../auth0/apply-state.ts'
import { eventRoutes, logoutRoutes } from '../auth0/auth0.routes.ts'
import { createLogout, type EndableSessions } from '../auth0/logout.ts'
import { createNewcomerCheck, createSettleLate } from '../auth0/new-users.ts'
import type { ResolvedAuth0Push } from '../auth0/options.ts'
import { createReceiver } from '../auth0/receiver.ts'
import { type ClaimsOptions, createMapper } from '../claims/mapping.ts'
import type { UsernameRule } from '../claims/username.ts'
import type { Databases } from '../db/handle.ts'
import type { Issuer } from '../token/types.ts'
import type { UserHooks } from '../users/hooks.ts'
import type { EmailConflictPolicy } from '../users/provisioning/insert-user.ts'
import { createPushedPeople } from '../users/push/pushed.ts'
import type { UpdatePolicy } from '../users/update.ts'
import type { ProvisionMode } from '../users/users.service.ts'

export interface Auth0ScopeDeps {
  readonly auth0: ResolvedAuth0Push
  readonly databases: Databases
  readonly hooks: UserHooks
  readonly tokens: { verifySignature(raw: string, types: readonly string[]): Promise<JsonObject> }
  readonly sessions: EndableSessions
  readonly issuers: readonly Issuer[]
  readonly claims: ClaimsOptions
  readonly username: UsernameRule
  readonly users: {
    readonly provision: ProvisionMode
    readonly update: UpdatePolicy
    readonly emailConflict: EmailConflictPolicy
  }
  readonly privacy: { readonly hashValues: HashValues | null }
  /** Seconds. */
  readonly clockTolerance: number
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** The routes for what Auth0 pushes, as far as they are switched on; the app is decorated with `auth0Users` before. */
export async function registerAuth0(app: FastifyInstance, deps: Auth0ScopeDeps): Promise<void> {
  const { databases, hooks, username, clockTolerance, now } = deps
  const { events, backchannelLogout } = deps.auth0
  const { provision, update, emailConflict } = deps.users
  const people = createPushedPeople({ hooks, username, emailConflict, update, hashValues: deps.privacy.hashValues })
  const [issuer = { issuer: '', audience: [] }] = deps.issuers
  if (events !== null) {
    const settleLate = createSettleLate({ databases, people, settle: createSettle(people, events) })
    const receiver = createReceiver({
      ...{ people, emailConflict, databases, options: events, issuer, now },
      mapClaims: createMapper(deps.claims),
      provision: provision === true,
      erase: app.auth0Users.privacy.anonymise,
      settleLate,
    })
    hooks.add('onCreated', createNewcomerCheck(databases, settleLate))
    await app.register(eventRoutes(events, receiver))
  }
  if (backchannelLogout !== null) {
    const { verifySignature } = deps.tokens
    const parts = { databases, verifySignature, people, sessions: deps.sessions, clockTolerance, now }
    const logout = createLogout({ ...parts, options: backchannelLogout })
    await app.register(logoutRoutes(backchannelLogout.path, logout))
  }
}
