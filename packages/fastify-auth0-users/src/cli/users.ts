import { record, system } from '../audit/audit.ts'
import { isErased } from '../audit/tombstone.ts'
import { pipeToDot } from '../claims/username.ts'
import type { Databases } from '../db/handle.ts'
import { isUuid } from '../lib/text.ts'
import { failure } from './failure.ts'
import { type FoundPerson, insertPerson, selectById, selectByText } from './users.repository.ts'

/** The person that an id, an Auth0 id or an email stands for; undefined for none. Throws where it is ambiguous. */
export async function findPerson({ primary }: Databases, text: string): Promise<FoundPerson | undefined> {
  if (isUuid(text)) return await selectById(primary, text)
  const [found, another] = await selectByText(primary, text)
  if (another !== undefined) throw failure('several people have this Auth0 id or email: give the id of the row')
  return found
}

/** The same; throws where there is none. */
export async function requirePerson(databases: Databases, text: string): Promise<FoundPerson> {
  const found = await findPerson(databases, text)
  if (found === undefined) throw failure('there is no such person: give an id, an Auth0 id or an email')
  return found
}

/** Makes the row of an Auth0 identity before its first sign-in, which then finds it. Answers its id. */
export async function createPerson(databases: Databases, auth0Id: string): Promise<string> {
  return await databases.transaction(async trx => {
    const userId = await insertPerson(trx, auth0Id, pipeToDot(auth0Id))
    if (userId === undefined) throw failure('the username of this Auth0 id is taken by another user')
    if (await isErased(trx, auth0Id)) throw failure('this identity was erased: readmit it first')
    await record(trx, { ...system, userId, action: 'user.created', fields: ['auth0_id', 'username'] })
    return userId
  })
}
