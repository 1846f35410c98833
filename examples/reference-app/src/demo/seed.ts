import { buildApp } from '../app.ts'
import { type Databases, openDatabases } from '../databases/databases.ts'
import { reconcile } from '../platform/copy.ts'
import type { ServeSettings } from '../serve-settings.ts'
import { insertMemberRequests, insertMembers } from './members.repository.ts'
import { demoMembers } from './members.ts'
import { demoPlatform } from './people.ts'
import { demoRequests } from './requests.ts'
import * as repository from './seed.repository.ts'

/**
 * Fills an empty store with invented assets, people and requests; once, however often the app starts.
 *
 * @returns a token of the demonstration's platform when it was filled now, else undefined.
 */
export async function seedOnce(settings: ServeSettings): Promise<string | undefined> {
  const { databases, close } = openDatabases(settings.connectionStrings, () => {})
  try {
    const people = await databases.default.transaction().execute(async trx => {
      if (!(await repository.claimSeed(trx))) return undefined
      const now = Date.now()
      const ids = await repository.insertPeople(trx, now)
      const assets = await repository.insertAssets(trx, now)
      await repository.insertCampaigns(trx)
      const members = await insertMembers(trx, demoMembers(now))
      await insertMemberRequests(trx, demoRequests(members, assets, now), idOf(ids, 'mei.tanaka'))
      await repository.insertRequests(trx, assets, idOf(ids, 'noor.aziz'), idOf(ids, 'mei.tanaka'))
      return ids
    })
    if (people === undefined) return undefined
    await repository.insertRuns(databases.qa_crawler, idOf(people, 'tomas.ferreira'))
    if (settings.replicaKeptBy === 'app') await reconcile(databases)
    return await platformToken(databases, settings, people.get(demoPlatform.email) ?? '')
  } finally {
    await close()
  }
}

function idOf(people: ReadonlyMap<string, string>, name: string): string {
  const id = people.get(`${name}@example.test`)
  if (id === undefined) throw new Error(`the demonstration has no ${name}`)
  return id
}

/** The plugin makes tokens, so an app is needed, for as long as that takes. */
async function platformToken(databases: Databases, { auth }: ServeSettings, userId: string): Promise<string> {
  const app = await buildApp({ databases, auth })
  try {
    await app.ready()
    const { text } = await app.auth0Users.apiTokens.create({ userId, name: 'demonstration' })
    return text
  } finally {
    await app.close()
  }
}
