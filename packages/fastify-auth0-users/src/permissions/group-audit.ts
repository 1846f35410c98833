import { type AuditEvent, record } from '../audit/audit.ts'
import type { Trx } from '../db/handle.ts'
import type { Authority } from './grant-authority.ts'

interface Named {
  readonly id: string
  readonly name: string
}

type GroupAction =
  | 'group.created'
  | 'group.renamed'
  | 'group.deleted'
  | 'group.permission_granted'
  | 'group.permission_revoked'

/** An entry of the group's own trail, which stands under the group's id. */
export function groupEvent(
  { id, name }: Named,
  action: GroupAction,
  { actorId, method, requestId }: Authority,
  detail: Readonly<Record<string, string>> = {},
): AuditEvent {
  return { userId: id, actorId, method, requestId, action, fields: [], detail: { group: name, ...detail } }
}

/** An entry of the trail of who joined or left. */
export function memberEvent(
  userId: string,
  { id, name }: Named,
  action: 'group.joined' | 'group.left',
  { actorId, method, requestId }: Authority,
): AuditEvent {
  return { userId, actorId, method, requestId, action, fields: [], detail: { group_id: id, group: name } }
}

export async function recordGroup(trx: Trx, group: Named, action: GroupAction, authority: Authority): Promise<void> {
  await record(trx, groupEvent(group, action, authority))
}
