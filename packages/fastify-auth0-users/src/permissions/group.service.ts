import { record, recordAll } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, DbOrTrx, Trx } from '../db/handle.ts'
import { isUniqueViolation, reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { type GrantServiceDeps, requireDeclared } from './grant.service.ts'
import { type Authority, requireGrantable, withEditable, withStaff } from './grant-authority.ts'
import {
  deleteGroup,
  deleteGroupPermissions,
  deleteMember,
  type GroupWithPermissions,
  insertGroup,
  insertGroupPermissions,
  insertMember,
  lockGroup,
  selectDirectPermissions,
  selectGroup,
  selectGroupPermissions,
  selectGroups,
  selectGroupsOf,
  selectMemberIds,
  updateGroupName,
} from './group.repository.ts'
import { groupEvent, memberEvent, recordGroup } from './group-audit.ts'

/** A group with its permissions, by name. */
export interface Group {
  /** uuid */
  readonly id: string
  readonly name: string
  readonly permissions: readonly string[]
}

export interface GroupPage {
  readonly items: readonly Group[]
  /** Pass as `after` to read on; null on the last page. */
  readonly next: string | null
}

/** What a person was granted, and by what. */
export interface PersonGrants {
  readonly groups: readonly Group[]
  /** Granted to the person, not by a group. */
  readonly permissions: readonly string[]
}

/**
 * Groups, one transaction a change, audit included. The trail of a group stands under the group's own
 * id; who joins or leaves also finds it in theirs. Every function rejects with `A0U_NOT_FOUND` for an unknown
 * group or person and with `A0U_DATABASE_UNAVAILABLE`; every change with `A0U_ESCALATION` where the
 * authority does not reach so far.
 */
export interface Groups {
  list(page: { readonly after?: string; readonly limit: number }): Promise<GroupPage>
  read(groupId: string): Promise<Group>
  grantsOf(userId: string): Promise<PersonGrants>
  /** `name` is 1 to 150 characters. Rejects with `A0U_GROUP_EXISTS`. */
  create(name: string, authority: Authority): Promise<Group>
  /** The same. */
  rename(groupId: string, name: string, authority: Authority): Promise<Group>
  remove(groupId: string, authority: Authority): Promise<void>
  /** Replaces all permissions. Rejects with `A0U_BODY_INVALID` for a name outside the catalogue. */
  setPermissions(groupId: string, permissions: readonly string[], authority: Authority): Promise<Group>
  /** False when they were a member before. The acting user must hold all that the group grants. */
  addMember(groupId: string, userId: string, authority: Authority): Promise<boolean>
  /** False when they were none. */
  removeMember(groupId: string, userId: string, authority: Authority): Promise<boolean>
}

/** Audit entries of one statement. */
const auditBatch = 1000

export function createGroups({ databases, catalogue }: GrantServiceDeps): Groups {
  const { primary } = databases

  const change = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => reaching(() => databases.transaction(work))

  return {
    list: page => reaching(() => listGroups(primary, page)),
    read: groupId => reaching(() => readGroup(primary, groupId)),
    grantsOf: userId =>
      reaching(async () => ({
        groups: await selectGroupsOf(primary, userId),
        permissions: await selectDirectPermissions(primary, userId),
      })),
    create: (name, authority) => change(trx => createIn(trx, name, authority)),
    rename: (groupId, name, authority) => renamed(databases, groupId, name, authority),
    remove: (groupId, authority) => change(trx => removeIn(trx, groupId, authority)),
    async setPermissions(groupId, permissions, authority) {
      requireDeclared(catalogue, permissions)
      return await change(trx => setPermissionsIn(trx, groupId, permissions, authority))
    },
    addMember: (groupId, userId, authority) => change(trx => addMemberIn(trx, groupId, userId, authority)),
    removeMember: (groupId, userId, authority) => change(trx => removeMemberIn(trx, groupId, userId, authority)),
  }
}

async function listGroups(db: DbOrTrx, page: { after?: string; limit: number }): Promise<GroupPage> {
  const rows = await selectGroups(db, { after: page.after, limit: page.limit + 1 })
  const items = rows.slice(0, page.limit)
  return { items, next: rows.length > page.limit ? (items.at(-1)?.name ?? null) : null }
}

async function readGroup(db: DbOrTrx, groupId: string): Promise<GroupWithPermissions> {
  return found(await selectGroup(db, groupId))
}

function found<T>(row: T | undefined): T {
  if (row === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
  return row
}

async function createIn(trx: Trx, name: string, authority: Authority): Promise<Group> {
  return await withStaff(trx, authority, async () => {
    const group = await insertGroup(trx, name)
    if (group === undefined) throw new Auth0UsersError('A0U_GROUP_EXISTS')
    await recordGroup(trx, group, 'group.created', authority)
    return { ...group, permissions: [] }
  })
}

async function renamed(databases: Databases, groupId: string, name: string, authority: Authority): Promise<Group> {
  try {
    return await reaching(() => databases.transaction(trx => renameIn(trx, groupId, name, authority)))
  } catch (error) {
    throw isUniqueViolation(error, 'group_name_key') ? new Auth0UsersError('A0U_GROUP_EXISTS') : error
  }
}

async function renameIn(trx: Trx, groupId: string, name: string, authority: Authority): Promise<Group> {
  return await withStaff(trx, authority, async () => {
    const group = found(await lockGroup(trx, groupId))
    if (group.name !== name) {
      await updateGroupName(trx, groupId, name)
      await recordGroup(trx, { id: groupId, name }, 'group.renamed', authority)
    }
    return await readGroup(trx, groupId)
  })
}

async function removeIn(trx: Trx, groupId: string, authority: Authority): Promise<void> {
  await withStaff(trx, authority, async () => {
    const group = found(await lockGroup(trx, groupId))
    const members = await selectMemberIds(trx, groupId)
    await deleteGroup(trx, groupId)
    await recordGroup(trx, group, 'group.deleted', authority)
    for (let at = 0; at < members.length; at += auditBatch) {
      const batch = members.slice(at, at + auditBatch)
      await recordAll(
        trx,
        batch.map(userId => memberEvent(userId, group, 'group.left', authority)),
      )
    }
    for (const userId of members) userChanged(trx, userId)
  })
}

async function setPermissionsIn(
  trx: Trx,
  groupId: string,
  wanted: readonly string[],
  authority: Authority,
): Promise<Group> {
  return await withStaff(trx, authority, async acting => {
    const group = found(await lockGroup(trx, groupId))
    const current = await selectGroupPermissions(trx, groupId)
    const added = [...new Set(wanted)].filter(permission => !current.includes(permission))
    const removed = current.filter(permission => !wanted.includes(permission))
    requireGrantable(authority, added, null, acting)
    await insertGroupPermissions(trx, groupId, added)
    await deleteGroupPermissions(trx, groupId, removed)
    await recordAll(trx, [
      ...added.map(permission => groupEvent(group, 'group.permission_granted', authority, { permission })),
      ...removed.map(permission => groupEvent(group, 'group.permission_revoked', authority, { permission })),
    ])
    const concerned = added.length + removed.length === 0 ? [] : await selectMemberIds(trx, groupId)
    for (const userId of concerned) userChanged(trx, userId)
    return await readGroup(trx, groupId)
  })
}

async function addMemberIn(trx: Trx, groupId: string, userId: string, authority: Authority): Promise<boolean> {
  // The user before the group, as everywhere.
  return await withEditable(trx, userId, authority, async (_target, acting) => {
    const group = found(await lockGroup(trx, groupId))
    requireGrantable(authority, await selectGroupPermissions(trx, groupId), userId, acting)
    const added = await insertMember(trx, groupId, userId)
    if (!added) return false
    await record(trx, memberEvent(userId, group, 'group.joined', authority))
    userChanged(trx, userId)
    return true
  })
}

async function removeMemberIn(trx: Trx, groupId: string, userId: string, authority: Authority): Promise<boolean> {
  return await withEditable(trx, userId, authority, async () => {
    const group = found(await lockGroup(trx, groupId))
    const removed = await deleteMember(trx, groupId, userId)
    if (!removed) return false
    await record(trx, memberEvent(userId, group, 'group.left', authority))
    userChanged(trx, userId)
    return true
  })
}
