import type { OrganizationDeps } from './change.ts'
import { createMembers, type Members } from './members.service.ts'
import { createOrganizationDirectory, type OrganizationDirectory } from './organizations.service.ts'

/** `app.auth0Users.organizations`: organizations, their members and what they may do there. */
export interface Organizations extends OrganizationDirectory, Members {}

/** The services behind `app.auth0Users.organizations` and the routes. */
export function createOrganizations(deps: OrganizationDeps): Organizations {
  return { ...createOrganizationDirectory(deps), ...createMembers(deps) }
}
