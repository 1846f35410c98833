import * as repository from './platform.repository.ts'
import type { PlatformDatabases } from './tables.ts'

/** Ids compared at a time. */
const pageSize = 500

const lowestId = '00000000-0000-0000-0000-000000000000'

/**
 * Makes the copy of one asset what the asset is now. It always reads the present state, and two at once
 * wait for one another, so jobs may come late, twice or in any order.
 */
export async function copyAsset(
  { default: db, platform_replica: replica }: PlatformDatabases,
  id: string,
): Promise<void> {
  await db.transaction().execute(async trx => {
    const asset = await repository.lockAndRead(trx, id)
    if (asset === undefined) await repository.deleteCopy(replica, id)
    else await repository.writeCopy(replica, asset)
  })
}

/** Compares all of it and copies what differs, for changes that no job reported. Resolves to the number of differences. */
export async function reconcile(databases: PlatformDatabases): Promise<number> {
  let differing = 0
  for (let after: string | undefined = lowestId; after !== undefined; ) {
    const page = await repository.selectVersions(databases.default, after, undefined, pageSize)
    const until = page.length < pageSize ? undefined : page.at(-1)?.id
    const copies = await readCopies(databases, after, until)
    const wanted = new Map(page.map(({ id, version }) => [id, version]))
    const ids = new Set([...wanted.keys(), ...copies.keys()])
    for (const id of ids) {
      if (wanted.get(id) === copies.get(id)) continue
      await copyAsset(databases, id)
      differing += 1
    }
    after = until
  }
  return differing
}

async function readCopies(
  { platform_replica: replica }: PlatformDatabases,
  after: string,
  until: string | undefined,
): Promise<Map<string, number>> {
  const copies = new Map<string, number>()
  for (let from = after; ; ) {
    const page = await repository.selectVersions(replica, from, until, pageSize)
    for (const { id, version } of page) copies.set(id, version)
    const last = page.at(-1)?.id
    if (page.length < pageSize || last === undefined) return copies
    from = last
  }
}
