import { createHash } from 'node:crypto'
import { bindDatabases, type DatabaseOption, type TableOptions } from '../../db/handle.ts'
import { deleteExpiredProofs, insertProof } from './database-replay.repository.ts'
import type { DpopReplay } from './shared-replay.ts'

/** Least time between two deletions of a process, in milliseconds, and most rows of one. */
const every = 30_000
const batch = 10_000

/**
 * DPoP proofs in the table `accounts_dpop_proof`: one INSERT for each request with a proof, in place of Redis.
 *
 * @param db the host's Kysely handle.
 * @param tables where the tables live; as the plugin's own option `tables`.
 * @example
 * await app.register(auth0Users, { db, dpop: { mode: 'require', replay: databaseReplay(db) }, ... })
 */
export function databaseReplay(db: DatabaseOption, tables: TableOptions = {}): DpopReplay {
  const { primary } = bindDatabases(db, tables)
  let deletedAt = 0
  return {
    async add(key, ttl) {
      const now = Date.now()
      const hash = createHash('sha256').update(key).digest()
      const added = await insertProof(primary, hash, new Date(now + ttl * 1000))
      if (now - deletedAt > every) {
        deletedAt = now
        await deleteExpiredProofs(primary, new Date(now), batch)
      }
      return added
    },
  }
}
