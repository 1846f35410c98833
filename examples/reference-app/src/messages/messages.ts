import type { Kysely } from 'kysely'
import { insertMessage, insertMessages, type Message } from './outbox.repository.ts'
import type { MessagesDatabase } from './tables.ts'

type Db = Kysely<MessagesDatabase>

/** Welcomes a new user. */
export async function welcome(db: Db, userId: string): Promise<void> {
  const person = await db
    .selectFrom('accounts_user')
    .select(['id', 'first_name'])
    .where('id', '=', userId)
    .where('anonymised_at', 'is', null)
    .executeTakeFirst()
  if (person === undefined) return
  const name = person.first_name === null || person.first_name === '' ? '' : `, ${person.first_name}`
  await insertMessage(db, {
    user_id: userId,
    kind: 'welcome',
    about: userId,
    subject: 'Welcome to the asset store',
    body: `Hello${name}. Complete your profile, look around, and ask for what you need.`,
  })
}

/** Notifies the requester of the decision. */
export async function tellDecision(db: Db, requestId: string): Promise<void> {
  const request = await db
    .selectFrom('store_access_request as request')
    .innerJoin('store_asset as asset', 'asset.id', 'request.asset_id')
    .innerJoin('accounts_user as person', 'person.id', 'request.user_id')
    .select(['request.id', 'request.user_id', 'request.status', 'request.reason', 'asset.title'])
    .where('request.id', '=', requestId)
    .where('person.anonymised_at', 'is', null)
    .executeTakeFirst()
  if (request === undefined) return
  const approved = request.status === 'approved'
  await insertMessage(db, {
    user_id: request.user_id,
    kind: 'decision',
    about: request.id,
    subject: approved ? `Your licence for ${request.title}` : `Your request for ${request.title}`,
    body: approved ? 'It was granted. The certificate is among your licences.' : `It was refused: ${request.reason}`,
  })
}

const day = 86_400_000
const noticeDays = 7

/**
 * Tells holders that a licence has expired or soon will. Whether one is active is a question of its date
 * alone, so nothing else has to happen in time.
 */
export async function tellExpiries(db: Db, now: number = Date.now()): Promise<void> {
  const ending = await db
    .selectFrom('store_licence as licence')
    .innerJoin('store_asset as asset', 'asset.id', 'licence.asset_id')
    .innerJoin('accounts_user as person', 'person.id', 'licence.user_id')
    .select(['licence.id', 'licence.user_id', 'licence.expires_at', 'asset.title'])
    .where('person.anonymised_at', 'is', null)
    .where('licence.expires_at', '>', new Date(now - noticeDays * day))
    .where('licence.expires_at', '<', new Date(now + noticeDays * day))
    .execute()
  await insertMessages(
    db,
    ending.map(licence => expiryMessage(licence, licence.expires_at.getTime() <= now)),
  )
}

function expiryMessage(
  { id, user_id, title, expires_at }: { id: string; user_id: string; title: string; expires_at: Date },
  isOver: boolean,
): Message {
  const date = expires_at.toISOString().slice(0, 10)
  return {
    user_id,
    kind: isOver ? 'licence_expired' : 'licence_expires_soon',
    about: id,
    subject: `Your licence for ${title}`,
    body: isOver ? `It expired on ${date}. Ask again if you still need it.` : `It expires on ${date}.`,
  }
}

export { deleteOld } from './outbox.repository.ts'
