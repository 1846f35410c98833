import { randomUUID } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import { searchText } from '../assets/search.ts'
import type { DefaultDatabase } from '../databases/tables.ts'
import { grantLicence } from '../licences/licences.service.ts'
import type { QaCrawlerDatabase } from '../qa-crawler/tables.ts'
import { demoAssets } from './assets.ts'
import { type DemoPerson, demoGroups, demoPeople } from './people.ts'

type Trx = Transaction<DefaultDatabase>

const day = 86_400_000

/** Days since the first of the members came. */
const oldestVisit = 62

/** True for the one process that is to fill the store; the others wait for it and get false. */
export async function claimSeed(trx: Trx): Promise<boolean> {
  const row = await trx
    .insertInto('demo_seed')
    .values({ name: 'store' })
    .onConflict(conflict => conflict.doNothing())
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

/** Ids of people by email. */
export async function insertPeople(trx: Trx, now: number): Promise<ReadonlyMap<string, string>> {
  const groups = await insertGroups(trx)
  const ids = new Map<string, string>()
  for (const person of demoPeople()) {
    const id = await insertPerson(trx, person, now)
    ids.set(person.email, id)
    const memberships = person.groups.map(name => ({ user_id: id, group_id: groups.get(name) ?? '' }))
    if (memberships.length > 0) {
      await trx
        .insertInto('accounts_user_group')
        .values(memberships)
        .onConflict(conflict => conflict.doNothing())
        .execute()
    }
  }
  return ids
}

async function insertGroups(trx: Trx): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  for (const [name, permissions] of Object.entries(demoGroups)) {
    const { id } = await trx
      .insertInto('accounts_group')
      .values({ name })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ name }))
      .returning('id')
      .executeTakeFirstOrThrow()
    ids.set(name, id)
    await trx
      .insertInto('accounts_group_permission')
      .values(permissions.map(permission => ({ group_id: id, permission })))
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
  return ids
}

/** A user who has signed in already keeps the row and gets the role. */
async function insertPerson(trx: Trx, { groups: _, ...person }: DemoPerson, now: number): Promise<string> {
  const { is_staff, is_superuser, is_platform } = person
  const { id } = await trx
    .insertInto('accounts_user')
    .values({
      ...person,
      email_verified: true,
      username: person.auth0_id.replaceAll('|', '.'),
      profile_data: '{}',
      created_at: new Date(now - oldestVisit * day),
    })
    .onConflict(conflict => conflict.column('auth0_id').doUpdateSet({ is_staff, is_superuser, is_platform }))
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Ids in the order of the list, whose first is the newest in the store. All were there before anybody asked. */
export async function insertAssets(trx: Trx, now: number): Promise<string[]> {
  const rows = demoAssets().map((asset, index) => {
    const created_at = new Date(now - (oldestVisit + index) * day)
    return { ...asset, id: randomUUID(), search_text: searchText(asset), created_at, updated_at: created_at }
  })
  await trx.insertInto('store_asset').values(rows.toReversed()).execute()
  return rows.map(({ id }) => id)
}

const campaigns = [
  { name: 'Spring catalogue', status: 'running', mentions: 18, reach: 240_000 },
  { name: 'Typeface of the month', status: 'running', mentions: 7, reach: 61_000 },
  { name: 'Ten years of river levels', status: 'closed', mentions: 42, reach: 1_310_000 },
  { name: 'Field recordings tour', status: 'draft', mentions: 0, reach: 0 },
] as const

export async function insertCampaigns(trx: Trx): Promise<void> {
  await trx.insertInto('digital_pr_campaign').values(campaigns).execute()
}

/** One request of each outcome, and a licence. */
export async function insertRequests(trx: Trx, assets: readonly string[], by: string, staff: string): Promise<void> {
  const [first, second, third, fourth] = assets
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) return
  const decided = { user_id: by, decided_by: staff, decided_at: sql<Date>`now()` }
  const { id } = await trx
    .insertInto('store_access_request')
    .values({ ...decided, asset_id: first, purpose: 'Cover of the annual report', status: 'approved' })
    .returning('id')
    .executeTakeFirstOrThrow()
  await grantLicence(trx, { id, asset_id: first, user_id: by, days: 365 })
  const refused = { status: 'refused' as const, reason: 'The creator keeps print rights.' }
  await trx
    .insertInto('store_access_request')
    .values([{ ...decided, ...refused, asset_id: second, purpose: 'Posters for the spring fair' }])
    .execute()
  await trx
    .insertInto('store_access_request')
    .values([
      { user_id: by, asset_id: third, purpose: 'Sound of the lobby, four weeks' },
      { user_id: by, asset_id: fourth, purpose: 'Headlines of the new website' },
    ])
    .execute()
}

export async function insertRuns(db: Kysely<QaCrawlerDatabase>, by: string): Promise<void> {
  const { rows } = await sql`select from qa_crawler_run limit 1`.execute(db)
  if (rows.length > 0) return
  await db
    .insertInto('qa_crawler_run')
    .values([
      {
        start_url: 'http://localhost:3000/',
        requested_by: by,
        status: 'done',
        pages_checked: 14,
        broken_links: 0,
        finished_at: sql`now()`,
      },
      {
        start_url: 'http://localhost:3000/documentation/',
        requested_by: by,
        status: 'done',
        pages_checked: 3,
        broken_links: 1,
        finished_at: sql`now()`,
      },
    ])
    .execute()
}
