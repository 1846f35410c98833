/** What the API returns, as far as these pages read it. Times are ISO 8601, UTC. */

export interface Me {
  readonly user: {
    readonly id: string
    readonly username: string
    readonly email: string | null
    readonly first_name: string
    readonly last_name: string
    readonly is_staff: boolean
    readonly is_superuser: boolean
    readonly is_platform: boolean
  }
  readonly permissions: readonly string[]
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly permissions: readonly string[]
}

export type Flag = 'is_active' | 'is_staff' | 'is_superuser' | 'is_platform'

export interface Person extends Readonly<Record<Flag, boolean>> {
  readonly id: string
  readonly auth0_id: string | null
  readonly username: string | null
  readonly email: string | null
  readonly email_verified: boolean
  readonly first_name: string
  readonly last_name: string
  readonly last_login_at: string | null
  readonly last_seen_at: string | null
  readonly tokens_valid_after: string | null
  readonly created_at: string
  readonly updated_at: string
}

export interface PersonWithGrants extends Person {
  readonly groups: readonly Group[]
  readonly permissions: readonly string[]
}

export interface Identity {
  readonly auth0_id: string
  readonly linked_at: string | null
}

export interface Session {
  readonly id: string
  readonly user_agent: string | null
  readonly last_seen_at: string
  readonly expires_at: string
  readonly created_at: string
}

export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[] | null
  readonly expires_at: string | null
  readonly revoked_at: string | null
  readonly last_used_at: string | null
  readonly created_at: string
}

export interface TrailEntry {
  readonly id: string
  readonly user_id: string
  readonly actor_id: string | null
  readonly action: string
  readonly fields: readonly string[]
  readonly method: string | null
  readonly request_id: string | null
  readonly detail: Readonly<Record<string, unknown>>
  readonly at: string
}

export interface Overview {
  readonly people: number
  readonly pending_requests: number
  readonly active_licences: number
  readonly assets: number
  readonly failed_jobs: number
}

export interface Queue {
  readonly name: string
  readonly waiting: number
  readonly active: number
  readonly retrying: number
  readonly completed: number
  readonly failed: number
}

export interface DeadJob {
  readonly id: string
  readonly queue: string
  readonly error: string
  readonly created_at: string
  readonly attempts: number
}

export interface Jobs {
  readonly queues: readonly Queue[]
  readonly dead: readonly DeadJob[]
}
