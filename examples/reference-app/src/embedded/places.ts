import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { canReach, type Identity } from './identity.ts'

/**
 * Where the data lies: the wanted folder, or, when the server's user cannot reach that one (root
 * with a checkout in its 0700 home), a folder of the staging root named after it, so that the next
 * start finds the same data.
 */
export function placeData(wanted: string, identity: Identity | null, staging: () => string = stagingRoot): string {
  const folder = resolve(wanted)
  if (canReach(nearestExisting(folder), identity)) {
    mkdirSync(dirname(folder), { recursive: true })
    if (canReach(dirname(folder), identity)) return ensureOwned(folder, identity)
  }
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return ensureOwned(join(staging(), `data-${name}`), identity)
}

/**
 * A folder of our own outside of the repository: `/var/lib/fastify-auth0-users` (or the same below
 * `/var/tmp`) for root, one below the temporary folder for others. It must belong to us and be
 * writable by no other user, since programs are run from it.
 */
export function stagingRoot(candidates: readonly string[] = stagingCandidates()): string {
  for (const folder of candidates) if (isOurs(folder)) return folder
  throw new Error(`No folder for PostgreSQL could be made; tried ${candidates.join(', ')}. Set DATABASE_URL instead.`)
}

function stagingCandidates(): string[] {
  const uid = process.getuid?.() ?? 0
  if (uid === 0 && process.platform !== 'win32') return ['/var/lib/fastify-auth0-users', '/var/tmp/fastify-auth0-users']
  return [join(tmpdir(), `fastify-auth0-users-${uid}`)]
}

function isOurs(folder: string): boolean {
  try {
    // The mode is set apart, since a strict umask would keep the server's user out.
    if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o755)
  } catch {
    return false // read-only or foreign: the next candidate
  }
  const stats = lstatSync(folder)
  const uid = process.getuid?.()
  return stats.isDirectory() && (uid === undefined || (stats.uid === uid && (stats.mode & 0o022) === 0))
}

function ensureOwned(folder: string, identity: Identity | null): string {
  const isNew = !existsSync(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (isNew && identity !== null) chownSync(folder, identity.uid, identity.gid)
  return folder
}

function nearestExisting(folder: string): string {
  let existing = folder
  while (!existsSync(existing) && existing !== dirname(existing)) existing = dirname(existing)
  return existing
}
