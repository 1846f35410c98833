import type { Transaction } from 'kysely'
import type { DefaultDatabase } from '../databases/tables.ts'
import { activityOf, type DemoMember } from './members.ts'
import type { DemoRequest } from './requests.ts'

type Trx = Transaction<DefaultDatabase>

const day = 86_400_000

/** A user who has one of the addresses already stays unchanged; resolves to the new ones. */
export async function insertMembers(trx: Trx, members: readonly DemoMember[]): Promise<DemoMember[]> {
  const rows = await trx
    .insertInto('accounts_user')
    .values(members.map(toRow))
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .execute()
  const inserted = new Set(rows.map(({ id }) => id))
  const present = members.filter(({ id }) => inserted.has(id))
  if (present.length > 0) await insertTraces(trx, present)
  return present
}

function toRow({ id, auth0_id, email, email_verified, first_name, last_name, profile_data, visits }: DemoMember) {
  const [created, last] = [new Date(visits[0] ?? 0), new Date(visits.at(-1) ?? 0)]
  return {
    ...{ id, auth0_id, email, email_verified, first_name, last_name },
    username: auth0_id.replaceAll('|', '.'),
    profile_data: JSON.stringify(profile_data),
    ...{ created_at: created, updated_at: created, last_seen_at: last, last_login_at: last },
  }
}

/** What is left behind by people who are made and who come again: identities, the trail, the counts. */
async function insertTraces(trx: Trx, members: readonly DemoMember[]): Promise<void> {
  const identities = members.flatMap(({ id, linked }) =>
    linked === undefined ? [] : [{ auth0_id: linked, user_id: id }],
  )
  const created = members.map(({ id, visits }) => ({
    ...{
      user_id: id,
      actor_id: id,
      action: 'user.created',
      fields: ['email', 'first_name', 'last_name'],
      method: 'jwt',
    },
    at: new Date(visits[0] ?? 0),
  }))
  if (identities.length > 0) {
    await trx
      .insertInto('accounts_identity')
      .values(identities)
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
  await trx.insertInto('accounts_audit').values(created).execute()
  await trx
    .insertInto('accounts_daily_activity')
    .values(activityOf(members))
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** With the licences of those that were approved. */
export async function insertMemberRequests(trx: Trx, requests: readonly DemoRequest[], staff: string): Promise<void> {
  if (requests.length === 0) return
  const rows = requests.map(({ days: _, ...request }) => ({ ...request, decided_by: deciderOf(request, staff) }))
  await trx.insertInto('store_access_request').values(rows).execute()
  const licences = requests.flatMap(({ id, asset_id, user_id, status, decided_at, days }) =>
    status !== 'approved' || decided_at === null
      ? []
      : [{ ...{ request_id: id, asset_id, user_id }, ...term(decided_at, days) }],
  )
  if (licences.length > 0) await trx.insertInto('store_licence').values(licences).execute()
}

function deciderOf({ status, user_id }: Pick<DemoRequest, 'status' | 'user_id'>, staff: string): string | null {
  if (status === 'pending') return null
  return status === 'withdrawn' ? user_id : staff
}

function term(granted: Date, days: number): { granted_at: Date; expires_at: Date } {
  return { granted_at: granted, expires_at: new Date(granted.getTime() + days * day) }
}
