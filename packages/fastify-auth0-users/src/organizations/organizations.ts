import { createInvitations, type InvitationDeps, type Invitations } from './invitations.service.ts'
import { createMembers, type Members } from './members.service.ts'
import { createOrganizationDirectory, type OrganizationDirectory } from './organizations.service.ts'

/** `app.auth0Users.organizations`: organizations, their members, what they may do there, and invitations. */
export interface Organizations extends OrganizationDirectory, Members, Invitations {}

/** The services behind `app.auth0Users.organizations` and the routes. */
export function createOrganizations(deps: InvitationDeps): Organizations {
  return { ...createOrganizationDirectory(deps), ...createMembers(deps), ...createInvitations(deps) }
}
