/** What the actions of the audit trail are called here. Others are shown by their name. */
const labels: Readonly<Record<string, string>> = {
  'user.created': 'Account made',
  'user.updated': 'Account changed',
  'user.deactivated': 'Deactivated',
  'user.reactivated': 'Reactivated',
  'user.signed_out': 'Signed out everywhere',
  'user.linked': 'Identity linked',
  'user.unlinked': 'Identity unlinked',
  'user.merged': 'Merged',
  'profile.updated': 'Profile changed',
  'profile.erased': 'Profile erased',
  'consent.granted': 'Consent given',
  'consent.withdrawn': 'Consent withdrawn',
  'user.email_conflict': 'Email already taken',
  'user.anonymised': 'Anonymised',
  'user.readmitted': 'Let in again after erasure',
  'permission.granted': 'Permission granted',
  'permission.revoked': 'Permission taken back',
  'group.joined': 'Put into a group',
  'group.left': 'Taken out of a group',
  'group.created': 'Group made',
  'group.renamed': 'Group renamed',
  'group.deleted': 'Group deleted',
  'group.permission_granted': 'Group was granted',
  'group.permission_revoked': 'Group lost',
  'token.created': 'API token made',
  'token.revoked': 'API token revoked',
  'session.created': 'Session begun',
  'session.ended': 'Session ended',
}

export const knownActions: readonly string[] = Object.keys(labels)

export function actionLabel(action: string): string {
  return labels[action] ?? action
}
