import { selectByIdentities } from '../../packages/fastify-auth0-users/dist/users/memory/by-identity.repository.js'

/** One statement for each load, by the same statement. */
export function createUserLoader(db) {
  return { load: async subject => (await selectByIdentities(db, [subject])).get(subject) }
}
