import { type TObject, Type } from '@sinclair/typebox'
import type { ClaimSource } from '../claims/mapping.ts'
import { claimSource } from '../claims/options.ts'
import type { Fault } from '../errors.ts'
import { anyOf, count, flag, group, oneOf, orFalse, path, positiveSeconds, withDefaults } from '../lib/option-schema.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import type { Permission } from '../types.ts'
import { isRoleName } from './organization.ts'
import { createRoles, type RolePermissions } from './roles.ts'

/** `true`: organizations and memberships are made from tokens; `existing`: neither is made. */
export type OrganizationProvision = true | 'existing'

/**
 * The option `organizations`. `{}` switches organizations on with the defaults.
 *
 * @example
 * ```ts
 * await app.register(auth0Users, {
 *   ...options,
 *   permissions: ['project.view_project', 'project.add_project'],
 *   organizations: {
 *     roles: { owner: ['project.view_project', 'project.add_project'], member: ['project.view_project'] },
 *   },
 * })
 * ```
 */
export interface OrganizationsOptions {
  /**
   * The claim with Auth0's id of the organization that a token was issued for.
   *
   * @default 'org_id'
   */
  readonly claim?: ClaimSource
  /**
   * The claim with its name; Auth0 adds it where the tenant's setting *Use Organization Names in Authentication API* is on.
   *
   * @default 'org_name'
   */
  readonly name?: ClaimSource
  /**
   * Whether tokens make organizations and memberships. With `existing`, a token of an unknown organization, or of one
   * that the user is not a member of, belongs to none.
   *
   * @default true
   */
  readonly provision?: OrganizationProvision
  /** A claim whose strings count as grants in requests of the token's organization, limited to the catalogue. Default: none. */
  readonly permissionsClaim?: ClaimSource
  /**
   * What each role grants in its organization: names of the catalogue. An owner can always manage members and
   * invitations.
   *
   * @default {}
   */
  readonly roles?: Readonly<Record<string, readonly Permission[]>>
  /** How users are invited. */
  readonly invitations?: InvitationOptions
  /**
   * What the routes for members start with; `false` for no routes.
   *
   * @default '/api/v1/accounts/organizations'
   */
  readonly prefix?: string | false
}

/** Part of the option `organizations`: how users are invited. */
export interface InvitationOptions {
  /**
   * How long an invitation can be accepted, in seconds, where the inviter names no time.
   *
   * @default 604800
   */
  readonly expiresIn?: number
  /**
   * Whether the link alone is enough. Otherwise only a user whose verified address is the invited one can accept.
   *
   * @default false
   */
  readonly byLink?: boolean
  /**
   * How many open invitations one user can have in one organization.
   *
   * @default 100
   */
  readonly maxOpen?: number
}

/** The same, checked and complete. */
export interface ResolvedOrganizations {
  readonly claim: ClaimSource
  readonly name: ClaimSource
  readonly provision: OrganizationProvision
  readonly permissionsClaim: ClaimSource | undefined
  readonly roles: RolePermissions
  readonly invitations: Required<InvitationOptions>
  /** Without a final slash; null for no routes. */
  readonly prefix: string | null
}

const week = 604_800

const invitationsSchema: TObject = group(
  {
    expiresIn: positiveSeconds({
      description: 'how long an invitation can be accepted, where the inviter names no time',
      default: week,
    }),
    byLink: flag({
      description: "whether the link is enough, without the invited user's verified address",
      default: false,
    }),
    maxOpen: count({
      description: 'how many invitations one user can send in one organization: open, or made in a day',
      default: 100,
    }),
  },
  { description: 'how users are invited', defaultText: 'as below' },
)

/** The option `organizations`. */
export const organizationsSchema: TObject = group(
  {
    claim: claimSource({ description: "the claim with Auth0's id of the organization of a token", default: 'org_id' }),
    name: claimSource({ description: 'the claim with its name', default: 'org_name' }),
    provision: oneOf([true, 'existing'], {
      description: 'whether tokens make organizations and memberships',
      default: true,
    }),
    permissionsClaim: claimSource({ description: "a claim whose strings count as grants in the token's organization" }),
    roles: anyOf([Type.Record(Type.String(), Type.Array(Type.String()))], {
      must: 'an object of lists of permission names, by role',
      description: 'what each role grants in its organization',
      default: {},
    }),
    invitations: invitationsSchema,
    prefix: orFalse(path({ description: '' }), {
      description: 'what the paths of the routes for members start with; `false` for no routes',
      default: '/api/v1/accounts/organizations',
    }),
  },
  {
    description: '[organizations](organizations.md) with members, roles and grants; `{}` switches them on',
    defaultText: 'off',
  },
)

/** Completes the option `organizations`; null where it was not given. */
export function resolveOrganizations(
  given: OrganizationsOptions | undefined,
  catalogue: Catalogue,
  rows: boolean,
  faults: Fault[],
): ResolvedOrganizations | null {
  if (given === undefined) return null
  if (!rows) faults.push({ field: 'organizations', message: "requires users.provision to be true or 'existing'" })
  const roles = createRoles(given.roles ?? {}, catalogue)
  checkRoles(given.roles ?? {}, roles, faults)
  const { claim, name, provision, prefix } = withDefaults<Required<OrganizationsOptions>>(organizationsSchema, given)
  return {
    ...{ claim, name, provision, permissionsClaim: given.permissionsClaim, roles },
    invitations: withDefaults(invitationsSchema, given.invitations),
    prefix: prefix === false ? null : prefix.replace(/\/$/, ''),
  }
}

function checkRoles(given: NonNullable<OrganizationsOptions['roles']>, roles: RolePermissions, faults: Fault[]): void {
  for (const [role, permissions] of Object.entries(given)) {
    if (!isRoleName(role)) {
      faults.push({ field: 'organizations.roles', message: 'must name roles of 1 to 50 characters (a-z, 0-9, _, -)' })
    }
    for (const permission of permissions) {
      if (roles.canGrant(permission)) continue
      const message = `${JSON.stringify(permission)} must be a permission of the catalogue that can be granted in an organization`
      faults.push({ field: `organizations.roles.${role}`, message })
    }
  }
}
