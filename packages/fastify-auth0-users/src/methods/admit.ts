import type { FastifyRequest } from 'fastify'
import { type ClaimsOptions, claimedPermissions, type Mapped } from '../claims/mapping.ts'
import { type Principal, principalOf } from '../claims/principal.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { deepFreeze } from '../lib/freeze.ts'
import type { OrganizationClaim } from '../organizations/organization.ts'
import type { RequestOrganizations } from '../organizations/request.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import { actorLinks } from '../token/act.ts'
import type { VerifiedClaims, VerifiedToken } from '../token/types.ts'
import type { Identity, Origin } from '../users/identity.ts'
import type { UserEntry } from '../users/memory/entry.ts'
import type { Users } from '../users/users.service.ts'
import { type AuthParts, createRequestAuth } from './auth.ts'
import type { AuthContext } from './auth-context.ts'
import type { DelegatedActor, RequestAuth } from './request-auth.ts'

/** What a machine's token becomes: itself, a refusal, or a person with a row. */
export type MachinePolicy = 'principal' | 'reject' | 'user'

export interface TokenAuthOptions {
  /** Null where no rows are looked for (`users.provision: false`). */
  readonly users: Users | null
  readonly mapClaims: (claims: VerifiedClaims) => Mapped
  /** Where the token's own grants stand, and how their names are translated. */
  readonly claims: Pick<ClaimsOptions, 'permissions' | 'permissionNames'>
  readonly catalogue: Catalogue
  readonly machines: MachinePolicy
  /** Null where organizations are off. */
  readonly organizations: RequestOrganizations | null
  readonly context: AuthContext
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** What a verified token was found to be; kept with the token, so a hit costs one look-up. */
export interface JwtSlot {
  readonly principal: Principal
  /** Null for principals without a row. */
  readonly identity: Identity | null
  readonly claimed: ReadonlySet<string>
  /** The organization that it was issued for; null for none. */
  readonly organization: OrganizationClaim | null
  /** What it says of that organization. */
  readonly claimedInside: ReadonlySet<string>
  /** Whether it can make no membership any more. */
  joinRefused: boolean
  /** The last result, and the user it was made from. */
  auth: RequestAuth | null
  entry: UserEntry | null
  /** Who acts for the person, as of last time; null without an `act` claim and for an actor without a row. */
  actorEntry: UserEntry | null
}

/**
 * Turns a verified token into `request.auth`: at once while the person it was turned into last time is fresh,
 * by way of users/ otherwise. Throws or rejects with `A0U_USER_*`, `A0U_TOKEN_REVOKED`,
 * `A0U_PRINCIPAL_REFUSED` and what users/ rejects with.
 */
export type Admit = (
  token: VerifiedToken<JwtSlot>,
  request: FastifyRequest,
  accessToken: string,
) => RequestAuth | Promise<RequestAuth>

const none: ReadonlySet<string> = new Set()

export function createAdmit(options: TokenAuthOptions): Admit {
  const { users, now, context, organizations } = options
  const shareGrants = createGrantSets()
  const lookups = users?.lookups ?? { hits: 0, misses: 0 }

  /** The last result, as long as its users are fresh. */
  function remembered({ auth, entry, actorEntry }: JwtSlot): RequestAuth | null {
    if (auth === null || entry === null) return auth
    if (now() >= entry.freshUntil) return null
    if (actorEntry !== null && now() >= actorEntry.freshUntil) return null
    lookups.hits++
    return auth
  }

  async function resolve(
    token: VerifiedToken<JwtSlot>,
    slot: JwtSlot,
    identity: Identity,
    service: Users,
    { id: requestId, log }: FastifyRequest,
    accessToken: string,
  ): Promise<RequestAuth> {
    const shown = token.jkt === null ? { accessToken: () => accessToken } : {}
    const origin: Origin = { method: 'jwt', claims: token.claims, requestId, log, ...shown }
    const found = service.current(identity) ?? (await service.resolve(identity, origin))
    const again = () => service.resolve(identity, origin)
    const entry = isNews(token, slot, found) ? await joined(slot, found, again, requestId) : found
    return accept(token, slot, entry, await actorOf(token, slot, service), options)
  }

  /** Whether the token is to make a membership, or to rename an organization, before it is accepted. */
  function isNews({ claims }: VerifiedToken<JwtSlot>, slot: JwtSlot, entry: UserEntry): boolean {
    if (organizations === null || slot.organization === null || slot.joinRefused) return false
    const counts = entry.user.is_active && claims.iat * 1000 >= entry.tokensValidAfter
    return counts && organizations.isNews(entry, slot.organization)
  }

  async function joined(
    slot: JwtSlot,
    entry: UserEntry,
    again: () => Promise<UserEntry>,
    requestId: string,
  ): Promise<UserEntry> {
    const { organization: claim } = slot
    if (organizations === null || claim === null) return entry
    const userId = entry.user.id
    const result = await organizations.join({ userId, claim, actor: { actorId: userId, method: 'jwt', requestId } })
    if (result === 'changed') return await again()
    slot.joinRefused = true
    return entry
  }

  return (token, request, accessToken) => {
    token.slot ??= newSlot(token.claims, request, options, shareGrants)
    const { slot } = token
    const known = remembered(slot)
    if (known !== null) return known
    if (slot.identity === null || users === null) {
      const actor = delegatedActor(token.claims, null)
      slot.auth = createRequestAuth({ ...partsOf(token, slot, context), user: null, permissions: none, actor })
      return slot.auth
    }
    const entry = isDelegated(token) ? undefined : users.current(slot.identity)
    if (entry !== undefined && !isNews(token, slot, entry)) return accept(token, slot, entry, null, options)
    return resolve(token, slot, slot.identity, users, request, accessToken)
  }
}

/** Checks what only the row can tell, on every load of the person; a refusal is not kept with the token. */
function accept(
  token: VerifiedToken<JwtSlot>,
  slot: JwtSlot,
  entry: UserEntry,
  actor: DelegatedActor | null,
  { context, organizations }: TokenAuthOptions,
): RequestAuth {
  slot.auth = null
  requireUsable(token, entry)
  slot.entry = entry
  const { user, permissions } = entry
  const membership = organizations === null ? null : organizations.ofClaim(entry, slot.organization)
  slot.auth = createRequestAuth({
    ...{ ...partsOf(token, slot, context), user, permissions, actor },
    ...{ membership, claimedInside: slot.claimedInside },
  })
  return slot.auth
}

function requireUsable({ claims }: VerifiedToken<JwtSlot>, { user, tokensValidAfter }: UserEntry): void {
  if (!user.is_active) throw new Auth0UsersError('A0U_USER_INACTIVE')
  if (claims.iat * 1000 < tokensValidAfter) throw new Auth0UsersError('A0U_TOKEN_REVOKED')
}

function isDelegated({ claims }: VerifiedToken<JwtSlot>): boolean {
  return Object.hasOwn(claims, 'act')
}

/** Who acts for the person; an actor with a row must be active, and must not have signed out since. */
async function actorOf(token: VerifiedToken<JwtSlot>, slot: JwtSlot, service: Users): Promise<DelegatedActor | null> {
  if (!isDelegated(token)) return null
  slot.auth = null
  const { claims } = token
  const [current] = actorLinks(claims, claims.iss)
  // Rows are of the token's own issuer: a subject of another one may be anybody here.
  const entry = current?.issuer === claims.iss ? await service.find(current.subject) : undefined
  if (entry !== undefined) requireUsable(token, entry)
  slot.actorEntry = entry ?? null
  return delegatedActor(claims, entry?.user.id ?? null)
}

function delegatedActor(claims: VerifiedClaims, userId: string | null): DelegatedActor | null {
  const [current, ...chain] = actorLinks(claims, claims.iss)
  return current === undefined ? null : deepFreeze({ ...current, userId, chain })
}

function partsOf(
  { claims }: VerifiedToken<JwtSlot>,
  slot: JwtSlot,
  context: AuthContext,
): Omit<AuthParts, 'user' | 'permissions' | 'actor'> {
  return { context, method: 'jwt', principal: slot.principal, subject: claims.sub, claims, claimed: slot.claimed }
}

/** Most lists of permissions that are remembered. */
const maxGrantSets = 1000

/** One set for all tokens that carry the same permissions, as those of one role do: 160 bytes fewer for each of them. */
function createGrantSets(): (names: readonly string[]) => ReadonlySet<string> {
  const sets = new Map<string, ReadonlySet<string>>()
  return names => {
    if (names.length === 0) return none
    // A name of the catalogue has no space in it.
    const key = names.join(' ')
    let shared = sets.get(key)
    if (shared === undefined) {
      if (sets.size >= maxGrantSets) sets.clear()
      shared = new Set(names)
      sets.set(key, shared)
    }
    return shared
  }
}

function newSlot(
  claims: VerifiedClaims,
  request: FastifyRequest,
  options: TokenAuthOptions,
  shareGrants: (names: readonly string[]) => ReadonlySet<string>,
): JwtSlot {
  const principal = principalOf(claims)
  if (principal === 'machine' && options.machines === 'reject') throw new Auth0UsersError('A0U_PRINCIPAL_REFUSED')
  const isPerson = principal === 'user' || (principal === 'machine' && options.machines === 'user')
  const { organizations, catalogue } = options
  const { permissions, permissionNames } = options.claims
  const named = claimedPermissions(claims, permissions, permissionNames)
  const claimed = named.filter(name => catalogue.has(name))
  const organization = isPerson && organizations !== null ? organizations.read(claims) : null
  const inside = organization === null ? [] : (organizations?.claimed(claims) ?? [])
  return {
    principal: isPerson ? 'user' : principal,
    identity: isPerson ? identityOf(claims, request, options) : null,
    claimed: shareGrants(claimed),
    organization,
    claimedInside: shareGrants(inside.filter(name => catalogue.has(name))),
    joinRefused: false,
    auth: null,
    entry: null,
    actorEntry: null,
  }
}

function identityOf(claims: VerifiedClaims, request: FastifyRequest, { mapClaims }: TokenAuthOptions): Identity {
  const { fields, ignored } = mapClaims(claims)
  if (ignored.length > 0)
    request.log.warn({ event: 'claims.ignored', columns: ignored }, 'unusable claims of an access token were ignored')
  return { subject: claims.sub, fields, issuedAt: new Date(claims.iat * 1000) }
}
