import { type Actor, record } from '../audit/audit.ts'
import type { Trx } from '../db/handle.ts'
import { Auth0UsersError } from '../errors.ts'
import { isUuid } from '../lib/text.ts'
import { insertMember, lockGroup, selectGroupPermissions } from './group.repository.ts'

/** What groups grant together, locked. Throws `A0U_BODY_INVALID` where one does not exist. */
export async function lockGroupPermissions(trx: Trx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const permissions = new Set<string>()
  for (const id of [...ids].sort()) {
    if (!isUuid(id) || (await lockGroup(trx, id)) === undefined) {
      throw new Auth0UsersError('A0U_BODY_INVALID', { faults: [{ field: 'groups', message: 'must be ids of groups' }] })
    }
    for (const permission of await selectGroupPermissions(trx, id)) permissions.add(permission)
  }
  return permissions
}

/** Puts a user into those of the groups that still exist; the user's row is locked already. */
export async function joinGroups(trx: Trx, userId: string, ids: readonly string[], actor: Actor): Promise<void> {
  for (const id of [...ids].sort()) {
    const group = await lockGroup(trx, id)
    if (group === undefined || !(await insertMember(trx, id, userId))) continue
    const detail = { group_id: id, group: group.name }
    await record(trx, { ...actor, userId, action: 'group.joined', fields: [], detail })
  }
}
