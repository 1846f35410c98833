import type { Alongside } from '../users/memory/alongside.ts'
import type { UserEntry } from '../users/memory/entry.ts'
import { membershipsOf } from './membership.repository.ts'
import type { Organization } from './organization.ts'
import type { RolePermissions } from './roles.ts'

/** One membership of a user as kept in memory with the user. */
export interface Membership {
  readonly organization: Organization
  readonly tenant: string | null
  readonly isActive: boolean
  /** When Auth0 last reported the name, in milliseconds; 0 for never. */
  readonly namedAt: number
  /** What the role and the grants of this membership allow, and nothing that the user holds everywhere. */
  readonly granted: ReadonlySet<string>
  /** The same with what the user holds everywhere: what counts in a request of this organization. */
  readonly permissions: ReadonlySet<string>
}

/** For the load of users: their memberships come in the same statement. */
export const membershipsAlongside: Alongside = membershipsOf

/** Finds memberships among what was read with a user. */
export interface Memberships {
  /** Of an organization of Auth0; undefined where the user is not a member. */
  byAuth0Id(entry: UserEntry, tenant: string | null, auth0Id: string): Membership | undefined
  /** By the id of our row. */
  byId(entry: UserEntry, id: string): Membership | undefined
}

/** As `membershipsOf` selects them. */
type Told = readonly [
  id: string,
  auth0Id: string | null,
  tenant: string | null,
  name: string,
  isActive: boolean,
  namedAt: number | null,
  role: string,
  permissions: readonly string[],
]

const nothing: readonly Membership[] = []

/** @param roles what each role grants. */
export function createMemberships(roles: RolePermissions): Memberships {
  const parsed = new WeakMap<UserEntry, readonly Membership[]>()

  function of(entry: UserEntry): readonly Membership[] {
    if (entry.alongside == null) return nothing
    const known = parsed.get(entry)
    if (known !== undefined) return known
    const list = (JSON.parse(entry.alongside) as Told[]).map(told => membershipOf(told, entry, roles))
    parsed.set(entry, list)
    return list
  }

  return {
    byAuth0Id: (entry, tenant, auth0Id) =>
      of(entry).find(one => one.organization.auth0_id === auth0Id && (one.tenant ?? '') === (tenant ?? '')),
    byId: (entry, id) => of(entry).find(({ organization }) => organization.id === id),
  }
}

function membershipOf(told: Told, entry: UserEntry, roles: RolePermissions): Membership {
  const [id, auth0_id, tenant, name, isActive, namedAt, role, permissions] = told
  const granted = roles.granted(role, permissions)
  return {
    organization: Object.freeze({ id, auth0_id, name, role }),
    tenant,
    isActive,
    namedAt: namedAt ?? 0,
    granted,
    permissions: granted.size === 0 ? entry.permissions : new Set([...entry.permissions, ...granted]),
  }
}
