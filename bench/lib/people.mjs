// Made-up people in the plugin's tables, any number of them, found again by their number.
import { createHash } from 'node:crypto'
import { checkSpace, migrateAt, withClient } from './postgres.mjs'
import { count } from './table.mjs'

/** Rows, indexes, write-ahead log and what building an index takes meanwhile; about 700 bytes in the end. */
const bytesPerPerson = 2000
const groups = 1000
const groupShare = 20

/** One in so many has a linked identity, and one in so many permissions of their own. */
export const identityShare = 10
export const permissionShare = 10

export const firstNames = ['Ann', 'Bea', 'Cem', 'Dirk', 'Eva', 'Finn', 'Gül', 'Hanna', 'Ines', 'Jan']

export function subject(n) {
  return `auth0|person-${n}`
}

/** The second identity of a person near `n`. */
export function linkedSubject(n) {
  return `github|${Math.max(identityShare, n - (n % identityShare))}`
}

export function fullName(n) {
  return `${firstNames[n % firstNames.length]} Family${n}`
}

/** Ids are scattered like random ones, but can be computed on both sides. */
export function personId(n) {
  const hex = createHash('md5').update(`person-${n}`).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The claims that say nothing new about a person. */
export function claimsOf(n) {
  const [given_name, family_name] = fullName(n).split(' ')
  return { sub: subject(n), email: `person-${n}@example.test`, email_verified: true, given_name, family_name }
}

/**
 * A database of this server with so many people; one that was filled before is taken as it is, but for newer migrations.
 * Answers its connection string.
 */
export async function peopleDatabase(postgres, size) {
  const name = `people_${size}`
  const url = postgres.url(name)
  const exists = await withClient(postgres.url(), async client => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    return rowCount === 1
  })
  if (exists) {
    await migrateAt(url)
    return url
  }
  checkSpace(postgres, size * bytesPerPerson + 1e9)
  const unfinished = `${name}_unfinished`
  await postgres.server.dropDatabase(unfinished)
  await postgres.server.createDatabase(unfinished)
  await migrateAt(postgres.url(unfinished))
  await withClient(postgres.url(unfinished), client => fill(client, size))
  await withClient(postgres.url(), client => client.query(`alter database ${unfinished} rename to ${name}`))
  return url
}

/** Bulk: without triggers, and with the indexes built afterwards. */
async function fill(client, size) {
  const began = performance.now()
  await client.query('begin')
  await client.query("set local session_replication_role = 'replica'; set local maintenance_work_mem = '512MB'")
  const indexes = await secondaryIndexes(client)
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  for (const text of fillStatements(size)) await client.query(text)
  for (const { definition } of indexes) await client.query(definition)
  await client.query('commit')
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  const { rows } = await client.query(`select pg_size_pretty(pg_database_size(current_database())) as size`)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.error(`- ${count(size)} people: filled in ${seconds} s, the database has ${rows[0].size}`)
}

async function secondaryIndexes(client) {
  const { rows } = await client.query(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index where indrelid in ('accounts_user'::regclass, 'accounts_identity'::regclass) and not indisprimary`)
  return rows
}

function fillStatements(size) {
  const numbers = `generate_series(1, ${size}) n`
  const names = firstNames.map(name => `'${name}'`)
  const grouped = `generate_series(0, ${groups - 1}) g`
  return [
    `insert into accounts_group (id, name) select md5('group-' || g)::uuid, 'group ' || g from ${grouped}`,
    `insert into accounts_group_permission (group_id, permission)
      select md5('group-' || g)::uuid, 'store.of_group_' || p from ${grouped}, generate_series(1, 5) p`,
    `insert into accounts_user (id, auth0_id, username, email, email_verified, first_name, last_name, profile_data)
      select md5('person-' || n)::uuid, 'auth0|person-' || n, 'auth0.person-' || n, 'person-' || n || '@example.test',
        true, (array[${names}])[1 + n % ${firstNames.length}], 'Family' || n, '{"city": "Berlin", "theme": "dark"}'
      from ${numbers}`,
    `insert into accounts_identity (auth0_id, user_id)
      select 'github|' || n, md5('person-' || n)::uuid from ${numbers} where n % ${identityShare} = 0`,
    `insert into accounts_user_group (user_id, group_id)
      select md5('person-' || n)::uuid, md5('group-' || n / ${groupShare} % ${groups})::uuid
      from ${numbers} where n % ${groupShare} = 0`,
    `insert into accounts_user_permission (user_id, permission)
      select md5('person-' || n)::uuid, 'store.own_' || p from ${numbers}, generate_series(1, 2) p
      where n % ${permissionShare} = 0`,
  ]
}
