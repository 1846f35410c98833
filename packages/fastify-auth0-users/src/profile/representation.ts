import { toIso } from '../db/time.ts'
import type { JsonObject } from '../lib/json.ts'
import { missingFields } from './completion.ts'
import { entityTag } from './etag.ts'
import type { ProfileRow } from './profile.repository.ts'

/** A consent in force or withdrawn: the newest entry of a purpose. */
export interface ConsentState {
  readonly purpose: string
  readonly version: string
  readonly granted: boolean
  /** ISO 8601, UTC: when it was given or withdrawn. */
  readonly at: string
}

/** The profile as it goes over the wire. */
export interface ProfileBody {
  readonly id: string
  readonly auth0_id: string | null
  readonly username: string | null
  readonly email: string | null
  readonly first_name: string
  readonly last_name: string
  readonly profile_data: JsonObject
  readonly profile_complete: boolean
  /** Names as in the option `profile.required`. */
  readonly missing_fields: readonly string[]
  /** One entry a purpose, by name. */
  readonly consents: readonly ConsentState[]
  /** ISO 8601, UTC. */
  readonly created_at: string
  readonly updated_at: string
}

/** A profile and the strong entity tag of exactly this state of it. */
export interface ProfileView {
  readonly body: ProfileBody
  readonly etag: string
}

export function toView(row: ProfileRow, consents: readonly ConsentState[], required: readonly string[]): ProfileView {
  const missing = missingFields(row, required)
  const body: ProfileBody = {
    id: row.id,
    auth0_id: row.auth0_id,
    username: row.username,
    email: row.email,
    first_name: row.first_name,
    last_name: row.last_name,
    profile_data: row.profile_data,
    profile_complete: missing.length === 0,
    missing_fields: missing,
    consents,
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
  }
  return { body, etag: entityTag(body) }
}
