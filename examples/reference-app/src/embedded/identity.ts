import { type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The operating-system user that the server runs as; `null` where there is none to choose (not root, Windows). */
export interface Identity {
  readonly uid: number
  readonly gid: number
}

/** The user `nobody` of Linux: PostgreSQL refuses to run as root. */
const nobody: Identity = { uid: 65534, gid: 65534 }

/**
 * Whom to run as. Only root has to (and can) change; data that another user made stays that
 * user's, so that a folder first used without root goes on working with it.
 */
export function serverIdentity(existingData: string): Identity | null {
  if (process.getuid?.() !== 0) return null
  const owner = statSync(existingData, { throwIfNoEntry: false })
  return owner === undefined || owner.uid === 0 ? nobody : { uid: owner.uid, gid: owner.gid }
}

/** Whether that user may enter every folder above `path` and read `path` itself. */
export function canReach(path: string, identity: Identity | null): boolean {
  if (identity === null) return true
  const target = statSync(path, { throwIfNoEntry: false })
  if (target === undefined) return false
  if (!allows(target, identity, target.isDirectory() ? 0o5 : 0o4)) return false
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!allows(statSync(folder), identity, 0o1)) return false
    if (folder === dirname(folder)) return true
  }
}

/** The permission bits (4 read, 2 write, 1 enter) that the user has, by the owner, group or other class. */
function allows(stats: Stats, identity: Identity, wanted: number): boolean {
  const shift = stats.uid === identity.uid ? 6 : stats.gid === identity.gid ? 3 : 0
  return ((stats.mode >> shift) & wanted) === wanted
}
