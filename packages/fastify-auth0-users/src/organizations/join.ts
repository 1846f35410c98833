import { type Actor, type AuditEvent, recordAll } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, Trx } from '../db/handle.ts'
import { toMillis } from '../db/time.ts'
import { reaching } from '../db/unavailable.ts'
import { createBatcher } from '../lib/batcher.ts'
import { ensureOrganization, OrganizationEnded } from './ensure.ts'
import { insertMemberships, lockActiveUsers, selectEnds } from './membership.repository.ts'
import { memberRole, type OrganizationClaim } from './organization.ts'

/** A user whose token was issued for an organization. */
export interface Joining {
  readonly userId: string
  readonly claim: OrganizationClaim
  readonly actor: Actor
}

/** `changed`: the user is to be read again. `refused`: this token can make nothing of it, now or later. */
export type Joined = 'changed' | 'refused'

/** Most memberships made by one transaction, and most transactions at a time. */
const maxBatch = 100
const maxRunning = 2

/** Makes organizations and memberships from tokens. Concurrent calls share transactions. */
export type Join = (joining: Joining) => Promise<Joined>

export function createJoin(databases: Databases): Join {
  const batches = createBatcher<Joining, Joined>({
    maxBatch,
    maxRunning,
    run: async joining => await reaching(() => joinTogether(databases, joining)),
  })
  const running = new Map<string, Promise<Joined>>()

  return async joining => {
    const { userId, claim } = joining
    const key = `${userId} ${claim.tenant ?? ''} ${claim.auth0Id} ${claim.issuedAt}`
    const under = running.get(key)
    if (under !== undefined) return await under
    const work = batches.add(joining).finally(() => running.delete(key))
    running.set(key, work)
    return await work
  }
}

/** All of them in one transaction; where one of them turns out to have ended meanwhile, each by itself. */
async function joinTogether(databases: Databases, joining: readonly Joining[]): Promise<readonly Joined[]> {
  try {
    return await databases.transaction(trx => joinAll(trx, joining))
  } catch (error) {
    if (!(error instanceof OrganizationEnded)) throw error
    if (joining.length === 1) return ['refused']
  }
  const alone: Joined[] = []
  for (const one of joining) alone.push(...(await joinTogether(databases, [one])))
  return alone
}

async function joinAll(trx: Trx, joining: readonly Joining[]): Promise<readonly Joined[]> {
  const users = await lockActiveUsers(
    trx,
    joining.map(({ userId }) => userId),
  )
  const organizations = await ensureAll(trx, joining)
  const wanted = joining.flatMap(({ userId, claim }) => {
    const organization = organizations.get(keyOf(claim))
    if (organization === undefined || !users.has(userId)) return []
    return [{ organization_id: organization, user_id: userId, role: memberRole, told_at: new Date(claim.issuedAt) }]
  })
  const made = await insertMemberships(trx, dropEqual(wanted).toSorted(byKey))
  await refuseEnded(trx, joining, made, organizations)
  await recordAll(
    trx,
    made.map(({ organization_id, user_id, role }) => {
      const actor = joining.find(({ userId }) => userId === user_id)?.actor ?? none
      const event: AuditEvent = {
        ...{ ...actor, userId: user_id, action: 'organization.joined', fields: [] },
        detail: { organization: organization_id, role },
      }
      return event
    }),
  )
  return joining.map(({ userId, claim }) => {
    if (!(organizations.has(keyOf(claim)) && users.has(userId))) return 'refused'
    userChanged(trx, userId)
    return 'changed'
  })
}

const none: Actor = { actorId: null, method: null, requestId: null }

const keyOf = ({ tenant, auth0Id }: OrganizationClaim): string => `${tenant ?? ''} ${auth0Id}`

interface Key {
  readonly organization_id: string
  readonly user_id: string
}

function byKey(a: Key, b: Key): number {
  if (a.user_id !== b.user_id) return a.user_id < b.user_id ? -1 : 1
  return a.organization_id < b.organization_id ? -1 : 1
}

function dropEqual<T extends Key>(keys: readonly T[]): T[] {
  return [...new Map(keys.map(key => [`${key.user_id} ${key.organization_id}`, key])).values()]
}

/** The ids of the active ones by key, in one order for every process; the newest token of each tells the name. */
async function ensureAll(trx: Trx, joining: readonly Joining[]): Promise<ReadonlyMap<string, string>> {
  const newest = new Map<string, Joining>()
  for (const one of joining) {
    const known = newest.get(keyOf(one.claim))
    if (known === undefined || known.claim.issuedAt < one.claim.issuedAt) newest.set(keyOf(one.claim), one)
  }
  const ids = new Map<string, string>()
  for (const [key, { claim, actor }] of [...newest].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const row = await ensureOrganization(trx, claim, true, actor)
    if (row?.is_active === true) ids.set(key, row.id)
  }
  return ids
}

/** A membership that ended at or after the second in which its token was issued is not brought back. */
async function refuseEnded(
  trx: Trx,
  joining: readonly Joining[],
  made: readonly Key[],
  organizations: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { organization_id, user_id, ended_at } of await selectEnds(trx, made)) {
    const tokens = joining.filter(
      ({ userId, claim }) => userId === user_id && organizations.get(keyOf(claim)) === organization_id,
    )
    if (tokens.some(({ claim }) => claim.issuedAt <= toMillis(ended_at))) throw new OrganizationEnded()
  }
}
