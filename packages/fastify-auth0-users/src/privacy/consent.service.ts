import { type TBoolean, type TObject, type TString, Type } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { type Actor, record } from '../audit/audit.ts'
import type { HashValues, ValueHashes } from '../audit/value-hashes.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, DbOrTrx, Trx } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import { type JsonObject, kindOf } from '../lib/json.ts'
import type { Profiles } from '../profile/profile.service.ts'
import type { ConsentState, ProfileView } from '../profile/representation.ts'
import { type ProfileSchema, purposePattern } from '../profile/schema.ts'
import { withLivingUser } from '../users/living.ts'
import {
  type ConsentEntry,
  clearOrigins,
  type Decision,
  insertDecision,
  selectCurrent,
  selectHistory,
} from './consent.repository.ts'

export interface ConsentDeps {
  readonly databases: Databases
  readonly profiles: Profiles
  readonly schema: ProfileSchema
  /** The purposes of the option `privacy.consents`. */
  readonly purposes: readonly string[]
  /** Hashes the values of removed fields for the audit trail; null for their names only. */
  readonly hashValues: HashValues | null
}

export interface Consents {
  /**
   * Records a decision of the person and its audit row in one transaction; withdrawing removes the
   * profile's fields that demand the purpose. A decision that changes nothing writes nothing.
   * Answers the profile as it is then.
   *
   * @param body the parsed body, untrusted: `{ purpose, version, granted }`.
   * @throws Auth0UsersError `A0U_BODY_INVALID`, `A0U_USER_UNKNOWN`, `A0U_DATABASE_UNAVAILABLE`.
   */
  decide(userId: string, body: unknown, actor: Actor): Promise<ProfileView>
}

/** The consent that a client sends; documentation and check alike. */
export const decisionSchema: TObject<{ purpose: TString; version: TString; granted: TBoolean }> = Type.Object(
  {
    purpose: Type.String({ pattern: purposePattern.source, examples: ['marketing'] }),
    version: Type.String({ minLength: 1, maxLength: 100, description: 'Of the text that the person agreed to' }),
    granted: Type.Boolean(),
  },
  { additionalProperties: false },
)

const decisionCheck: TypeCheck<typeof decisionSchema> = TypeCompiler.Compile(decisionSchema)

export function createConsents({ databases, profiles, schema, purposes, hashValues }: ConsentDeps): Consents {
  const accepted = new Set([...purposes, ...schema.consents.values()])

  return {
    async decide(userId, body, actor) {
      const decision = parseDecision(body, accepted)
      return await reaching(() =>
        databases.transaction(trx =>
          withLivingUser(trx, { userId, actor, creates: 'data' }, async ({ user }) => {
            const lost = decision.granted ? {} : await profiles.removeFields(trx, userId, fieldsOf(schema, decision))
            if (user.is_platform && Object.keys(lost).length > 0) throw new Auth0UsersError('A0U_PLATFORM_DELETE')
            const removal = removalOf(userId, lost, hashValues)
            await writeDecision(trx, userId, decision, removal, actor)
            return await profiles.view(trx, userId)
          }),
        ),
      )
    },
  }
}

function parseDecision(body: unknown, accepted: ReadonlySet<string>): Decision {
  if (!decisionCheck.Check(body)) {
    const faults = [...decisionCheck.Errors(body)].slice(0, 10).map(({ path, message, value }) => ({
      field: path.slice(1, 100) || 'body',
      message: `${message.charAt(0).toLowerCase()}${message.slice(1)}, but ${kindOf(value)} was sent`,
    }))
    throw new Auth0UsersError('A0U_BODY_INVALID', { faults: uniqueFields(faults) })
  }
  if (accepted.size > 0 && !accepted.has(body.purpose)) {
    const message = `is not a purpose of this application; there are ${[...accepted].join(', ')}`
    throw new Auth0UsersError('A0U_BODY_INVALID', { faults: [{ field: 'purpose', message }] })
  }
  return body
}

const nothing = (): undefined => undefined

/** What a withdrawal removed, as the audit trail has it. */
interface Removal {
  readonly fields: readonly string[]
  /** Empty, or the hashes of the values. */
  readonly hashes: Partial<ValueHashes>
}

function removalOf(userId: string, removed: JsonObject, hashValues: HashValues | null): Removal {
  const values = new Map(Object.entries(removed).map(([key, value]) => [`profile_data.${key}`, value]))
  const fields = [...values.keys()]
  if (hashValues === null || fields.length === 0) return { fields, hashes: {} }
  const before = (field: string): unknown => values.get(field)
  return { fields, hashes: hashValues(userId, fields, before, nothing) }
}

/** The first fault of a field is the most general one. */
function uniqueFields(faults: readonly Fault[]): Fault[] {
  return faults.filter((fault, at) => faults.findIndex(other => other.field === fault.field) === at)
}

function fieldsOf(schema: ProfileSchema, { purpose }: Decision): string[] {
  return [...schema.consents].filter(([, demanded]) => demanded === purpose).map(([field]) => field)
}

async function writeDecision(
  trx: Trx,
  userId: string,
  decision: Decision,
  removal: Removal,
  actor: Actor,
): Promise<void> {
  const current = (await selectCurrent(trx, userId)).find(({ purpose }) => purpose === decision.purpose)
  const repeated = current?.granted === decision.granted && current.version === decision.version
  if (repeated && removal.fields.length === 0) return
  if (!repeated) await insertDecision(trx, userId, decision, actor)
  await recordDecision(trx, userId, decision, removal, actor)
}

async function recordDecision(
  trx: Trx,
  userId: string,
  { purpose, version, granted }: Decision,
  removal: Removal,
  actor: Actor,
): Promise<void> {
  const action = granted ? 'consent.granted' : 'consent.withdrawn'
  const detail = { purpose, version, ...removal.hashes }
  await record(trx, { ...actor, userId, action, fields: removal.fields, detail })
  userChanged(trx, userId)
}

/** The newest consent of each purpose, by name. */
export async function currentConsents(db: DbOrTrx, userId: string): Promise<readonly ConsentState[]> {
  return await selectCurrent(db, userId)
}

/** The whole history of consents, newest first, for the export. */
export async function exportFor(db: DbOrTrx, userId: string): Promise<readonly ConsentEntry[]> {
  return await selectHistory(db, userId)
}

/** Withdraws every consent in force; the history stays, as the proof that it was asked for. Answers how many. */
export async function eraseFor(trx: Trx, userId: string, actor: Actor): Promise<number> {
  const granted = (await selectCurrent(trx, userId)).filter(consent => consent.granted)
  for (const { purpose, version } of granted) {
    const decision: Decision = { purpose, version, granted: false }
    await insertDecision(trx, userId, decision, actor)
    await recordDecision(trx, userId, decision, { fields: [], hashes: {} }, actor)
  }
  return granted.length
}

/** Removes the request ids from the history; the decisions themselves stay, under an id that leads to no user. */
export async function anonymiseFor(trx: Trx, userId: string): Promise<void> {
  await clearOrigins(trx, userId)
}
