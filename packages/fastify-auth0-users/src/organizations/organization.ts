/** The organization of a request, as `request.auth.organization`. Frozen. */
export interface Organization {
  /** uuid, ours. */
  readonly id: string
  /** Auth0's id (`org_…`); null for an organization that exists here only. */
  readonly auth0_id: string | null
  readonly name: string
  /** The role of the user in it: `owner`, `member` or one of the host's. */
  readonly role: string
}

/** What a credential says of the organization it was issued for. */
export interface OrganizationClaim {
  /** The name of the Auth0 tenant; null with a single tenant. */
  readonly tenant: string | null
  readonly auth0Id: string
  /** Lower case; null where the token names none, or one that Auth0 would not accept. */
  readonly name: string | null
  /** `iat` in milliseconds. */
  readonly issuedAt: number
}

/** The role of the users who run an organization. */
export const ownerRole = 'owner'

/** The role of a member who was given no other. */
export const memberRole = 'member'

const idPattern = /^org_[A-Za-z0-9_-]{1,96}$/
const namePattern = /^[a-z0-9][a-z0-9_-]{0,149}$/

/** Whether a text is written as Auth0 writes the ids of organizations. */
export function isOrganizationId(text: string): boolean {
  return idPattern.test(text)
}

/** A name as it is compared and stored: in lower case, as Auth0 has them; null for a text that is not a name. */
export function organizationName(text: string): string | null {
  const name = text.toLowerCase()
  // So that a name can never be taken for the id of another organization.
  if (name.startsWith('org_')) return null
  return namePattern.test(name) ? name : null
}

/** A role of the host: a short word that fits a column. */
export function isRoleName(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,49}$/.test(text)
}
