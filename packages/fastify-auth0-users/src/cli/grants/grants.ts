import type { Databases } from '../../db/handle.ts'
import type { Catalogue } from '../../permissions/catalogue.ts'
import { isPermissionName, permissionForm } from '../../permissions/catalogue.ts'
import { createGrantService } from '../../permissions/grant.service.ts'
import { systemAuthority } from '../../permissions/grant-authority.ts'
import { failure, usageFault } from '../failure.ts'
import type { Report } from '../terminal.ts'
import { createPerson, findPerson, requirePerson } from '../users.ts'

/** Grants or takes back a permission. Without a catalogue only the form of its name is checked. */
export async function changeGrant(
  databases: Databases,
  action: 'grant' | 'revoke',
  who: string,
  permission: string,
  catalogue: Catalogue | null,
): Promise<Report> {
  if (!isPermissionName(permission)) throw usageFault(`a permission must be ${permissionForm}`)
  if (action === 'grant' && catalogue?.has(permission) === false) {
    throw failure(`${permission} is not in the catalogue`)
  }
  const { id, auth0_id } = await requirePerson(databases, who)
  const service = createGrantService({ databases, catalogue: catalogue ?? new Set([permission]) })
  const changed = await service[action](id, permission, systemAuthority)
  const words = {
    grant: changed ? 'was granted to' : 'was granted before to',
    revoke: changed ? 'was taken from' : 'was not granted to',
  }
  return {
    ok: true,
    lines: [`${permission} ${words[action]} ${auth0_id ?? id}`],
    fields: { user_id: id, auth0_id, permission, changed },
  }
}

/** Makes a user an active superuser and member of staff; an unknown Auth0 id gets a row that its first sign-in finds. */
export async function createSuperuser(databases: Databases, who: string): Promise<Report> {
  const found = await findPerson(databases, who)
  if (found === undefined && !who.includes('|')) {
    throw failure('there is no such person: let them sign in once, or give the Auth0 id, such as auth0|…')
  }
  if (found?.byEmail === true && !found.email_verified) {
    throw failure('this email is not verified, so it may be anybody who signed up with it: give the Auth0 id')
  }
  const id = found?.id ?? (await createPerson(databases, who))
  const service = createGrantService({ databases, catalogue: new Set() })
  const flags = { is_active: true, is_staff: true, is_superuser: true }
  const changed = Object.keys(await service.setFlags(id, flags, systemAuthority))
  const auth0_id = found === undefined ? who : found.auth0_id
  const name = auth0_id ?? id
  return {
    ok: true,
    lines: [changed.length === 0 ? `${name} is a superuser already` : `${name} is a superuser now`],
    fields: { user_id: id, auth0_id, created: found === undefined, changed },
  }
}
