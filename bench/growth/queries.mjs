// The queries that requests use, each called for people of given numbers.
import { bindDatabases } from '../../packages/fastify-auth0-users/dist/db/handle.js'
import { createDirectory } from '../../packages/fastify-auth0-users/dist/users/directory/directory.service.js'
import { selectByIdentities } from '../../packages/fastify-auth0-users/dist/users/memory/by-identity.repository.js'
import { firstNames, fullName, linkedSubject, personId, subject } from '../lib/people.mjs'

/** Each call takes a number of a person from `pick` and answers with how many rows came. */
export function hotQueries(db) {
  const databases = bindDatabases(db)
  const { primary } = databases
  const directory = createDirectory(databases, { now: Date.now })
  const search = async query => (await directory.search(query)).items.length
  const identities = async subjects => (await selectByIdentities(primary, subjects)).size
  return [
    ['authentication, 1 identity', pick => identities([subject(pick())])],
    ['authentication, 1 linked identity', pick => identities([linkedSubject(pick())])],
    ['authentication, 50 identities', pick => identities(Array.from({ length: 50 }, () => subject(pick())))],
    ['find by id', async pick => found(await directory.find(personId(pick())))],
    ['find by identity', async pick => found(await directory.findByAuth0Id(subject(pick())))],
    ['find by linked identity', async pick => found(await directory.findByAuth0Id(linkedSubject(pick())))],
    ['search: whole email', pick => search({ text: `person-${pick()}@example.test` })],
    ['search: full name', pick => search({ text: fullName(pick()) })],
    ['search: last name', pick => search({ text: `family${pick()}` })],
    ['search: page of a common first name', pick => search({ text: firstNames[pick() % firstNames.length] })],
    ['search: a later page of all emails', pick => search({ text: 'person-', after: `email.${personId(pick())}` })],
    ['search: nobody', async pick => 1 + (await search({ text: `nobody ${pick()}` }))],
    ['list: page behind somebody', async pick => 1 + (await search({ after: `email.${personId(pick())}` }))],
  ]
}

function found(person) {
  return person === null ? 0 : 1
}
