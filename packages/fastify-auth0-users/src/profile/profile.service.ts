import { type Actor, record } from '../audit/audit.ts'
import type { HashValues } from '../audit/value-hashes.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, DbOrTrx, Trx } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { JsonObject } from '../lib/json.ts'
import { type LivingUser, withLivingUser } from '../users/living.ts'
import { missingFields } from './completion.ts'
import { requireMatch } from './etag.ts'
import { applyPatch, applyPut, changedFields, type ProfileState, valuesOf } from './merge.ts'
import type { ResolvedProfileOptions } from './options.ts'
import { clearProfile, lockProfile, type ProfileRow, selectProfile, updateProfile } from './profile.repository.ts'
import { type ConsentState, type ProfileView, toView } from './representation.ts'
import { finishSave } from './rules.ts'
import { reportedSave, type SaveReport } from './save-report.ts'

export interface ProfileDeps {
  readonly databases: Databases
  readonly options: ResolvedProfileOptions
  /** The newest consent of each purpose, by name; `currentConsents` of privacy/. */
  readonly consentsOf: (db: DbOrTrx, userId: string) => Promise<readonly ConsentState[]>
  /** Hashes the values of changed fields for the audit trail; null for their names only. */
  readonly hashValues: HashValues | null
  /** Milliseconds since the epoch; replaced in tests. */
  readonly now: Clock
}

/** How a body is merged into what is there. */
export type MergeMode = 'put' | 'patch'

export interface ProfileWrite {
  readonly userId: string
  readonly mode: MergeMode
  /** The parsed body, untrusted. */
  readonly body: unknown
  /** The request's `If-Match`. */
  readonly ifMatch: string | undefined
  readonly actor: Actor
}

/**
 * Every function rejects with `A0U_USER_UNKNOWN` (403) when the person's row is gone and with
 * `A0U_DATABASE_UNAVAILABLE` (503).
 */
export interface Profiles {
  /** The profile as the primary has it now. */
  read(userId: string): Promise<ProfileView>
  /**
   * Merges a body into the profile under a lock on the row, so concurrent writers lose nothing. The
   * audit row is part of the transaction; where nothing changes, nothing is written.
   */
  write(write: ProfileWrite): Promise<ProfileView>
  /** The profile inside a transaction of another module, which holds the user's row. */
  view(trx: Trx, userId: string): Promise<ProfileView>
  /** Removes fields of `profile_data`; resolves to those that were there, with their values. Audit is the caller's. */
  removeFields(trx: Trx, userId: string, fields: readonly string[]): Promise<JsonObject>
}

export function createProfiles(deps: ProfileDeps): Profiles {
  const { databases, options, consentsOf } = deps

  async function view(db: DbOrTrx, row: ProfileRow | undefined): Promise<ProfileView> {
    const found = present(row)
    return toView(found, await consentsOf(db, found.id), options.required)
  }

  return {
    async read(userId) {
      const { primary } = databases
      return await reaching(async () => view(primary, await selectProfile(primary, userId)))
    },
    async write(write) {
      const saved = await reportedSave(write.mode, () =>
        reaching(() =>
          databases.transaction(trx =>
            withLivingUser(trx, { ...write, creates: 'data' }, ({ user }) => save(trx, write, deps, user)),
          ),
        ),
      )
      return saved.view
    },
    view: async (trx, userId) => view(trx, await selectProfile(trx, userId)),
    async removeFields(trx, userId, fields) {
      const row = present(await selectProfile(trx, userId))
      const [removed, profile_data] = split(row.profile_data, fields)
      if (Object.keys(removed).length === 0) return removed
      await updateProfile(trx, userId, { ...row, profile_data })
      return removed
    },
  }
}

interface Saved extends SaveReport {
  readonly view: ProfileView
}

async function save(
  trx: Trx,
  { userId, mode, body, ifMatch, actor }: ProfileWrite,
  deps: ProfileDeps,
  user: LivingUser,
): Promise<Saved> {
  const { options } = deps
  const row = present(await selectProfile(trx, userId))
  const consents = await deps.consentsOf(trx, userId)
  const current = toView(row, consents, options.required)
  requireMatch(ifMatch, current.etag)
  const wanted = mode === 'put' ? applyPut(row, body) : applyPatch(row, body)
  if (user.is_platform) refuseRemovals(row, wanted)
  if (changedFields(row, wanted).length === 0)
    return { view: current, changed: false, started: false, completed: false }
  const next = finishSave(row, wanted, { options, sub: row.auth0_id, consents, now: deps.now() })
  const updated = await updateProfile(trx, userId, { ...next, edited_fields: editedFields(row, next) })
  const fields = changedFields(row, next)
  const hashes = deps.hashValues?.(userId, fields, valuesOf(row), valuesOf(next))
  const detail = { schema: options.schema.version, ...hashes }
  await record(trx, { ...actor, userId, action: 'profile.updated', fields, detail })
  userChanged(trx, userId)
  const completed = becameComplete(row, next, options.required)
  const started = row.edited_fields.length === 0 && Object.keys(row.profile_data).length === 0
  return { view: toView(updated, consents, options.required), changed: true, started, completed }
}

/** A platform's account deletes nothing, by whichever method: a field that is emptied or taken out is deleted. */
function refuseRemovals(before: ProfileState, after: ProfileState): void {
  const [had, has] = [valuesOf(before), valuesOf(after)]
  const removed = changedFields(before, after).some(field => had(field) !== undefined && has(field) === undefined)
  if (removed) throw new Auth0UsersError('A0U_PLATFORM_DELETE')
}

/** Names that the person has edited here; a token no longer overwrites them. */
function editedFields(row: ProfileRow, next: ProfileState): string[] {
  const edited = (['first_name', 'last_name'] as const).filter(name => row[name] !== next[name])
  return [...new Set([...row.edited_fields, ...edited])]
}

/** Where the schema does not keep when that was, a profile may become complete more than once. */
function becameComplete(before: ProfileState, after: ProfileState, required: readonly string[]): boolean {
  if ('registration_completed_at' in before.profile_data || missingFields(after, required).length > 0) return false
  return 'registration_completed_at' in after.profile_data || missingFields(before, required).length > 0
}

/** Those of the keys, and the others. */
function split(data: JsonObject, keys: readonly string[]): [JsonObject, JsonObject] {
  const entries = Object.entries(data)
  const those = entries.filter(([key]) => keys.includes(key))
  return [Object.fromEntries(those), Object.fromEntries(entries.filter(([key]) => !keys.includes(key)))]
}

function present(row: ProfileRow | undefined): ProfileRow {
  if (row === undefined) throw new Auth0UsersError('A0U_USER_UNKNOWN')
  return row
}

/** Empties the names and `profile_data` of a user; resolves to the names of the fields that were erased. */
export async function eraseFor(trx: Trx, userId: string): Promise<readonly string[]> {
  const row = await lockProfile(trx, userId)
  if (row === undefined) return []
  const erased = changedFields(row, { first_name: '', last_name: '', profile_data: {} })
  if (erased.length > 0 || row.edited_fields.length > 0) await clearProfile(trx, userId)
  return erased
}

/** What the profile holds on a person, for the export. */
export async function exportFor(db: DbOrTrx, userId: string): Promise<unknown> {
  const row = await selectProfile(db, userId)
  if (row === undefined) return null
  const { first_name, last_name, profile_data, edited_fields } = row
  return { first_name, last_name, profile_data, edited_fields }
}
