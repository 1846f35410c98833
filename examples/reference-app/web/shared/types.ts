/** The responses of the API, as far as the pages read them. Times are ISO 8601, UTC. */

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

export interface Config {
  /** As auth0-spa-js takes it: a host name, or with `http://` for the stand-in. */
  readonly domain: string
  readonly client_id: string
  readonly audience: string
  readonly stand_in: boolean
  readonly connections: readonly Connection[]
  readonly profile: { readonly schema: ProfileSchema; readonly required: readonly string[] }
  readonly consents: readonly ConsentText[]
}

export interface Connection {
  readonly name: string
  readonly label: string
}

export interface ConsentText {
  readonly purpose: string
  readonly version: string
  readonly text: string
}

/** The part of JSON Schema that the profile form understands. */
export interface ProfileSchema {
  readonly properties: Readonly<Record<string, FieldSchema>>
}

export interface FieldSchema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly string[]
  readonly const?: unknown
  readonly anyOf?: readonly FieldSchema[]
  readonly examples?: readonly unknown[]
  readonly readOnly?: boolean
  /** The purpose without whose consent the field is refused. */
  readonly consent?: string
}

export type ProfileData = Readonly<Record<string, unknown>>

export interface Profile {
  readonly id: string
  readonly email: string | null
  readonly first_name: string
  readonly last_name: string
  readonly profile_data: ProfileData
  readonly profile_complete: boolean
  readonly missing_fields: readonly string[]
  readonly consents: readonly Consent[]
  readonly created_at: string
  readonly updated_at: string
}

export interface Consent {
  readonly purpose: string
  readonly version: string
  readonly granted: boolean
  readonly at: string
}

export interface Activity {
  readonly id: string
  readonly action: string
  readonly fields: readonly string[]
  readonly by: string
  readonly method: string | null
  readonly at: string
}

export interface Session {
  readonly id: string
  readonly user_agent: string | null
  readonly created_at: string
  readonly last_seen_at: string
  readonly expires_at: string
  readonly current: boolean
}

export const assetKinds = ['photo', 'illustration', 'audio', 'font', 'dataset'] as const
export type AssetKind = (typeof assetKinds)[number]

export interface AssetSummary {
  readonly id: string
  readonly title: string
  readonly kind: AssetKind
  readonly preview_url: string
}

export interface Asset extends AssetSummary {
  readonly summary: string
  readonly description: string
  readonly creator: string
  readonly terms: string
  readonly price_cents: number
  readonly currency: string
  readonly created_at: string
  readonly updated_at: string
}

export interface AssetDetail extends Asset {
  readonly my_request: AccessRequest | null
  readonly my_licence: Licence | null
}

export type RequestStatus = 'pending' | 'approved' | 'refused' | 'withdrawn'

export interface AccessRequest {
  readonly id: string
  readonly asset: AssetSummary
  /** In the lists of staff only. */
  readonly requester?: { readonly id: string; readonly name: string; readonly email: string | null }
  readonly purpose: string
  readonly status: RequestStatus
  readonly reason: string | null
  readonly created_at: string
  readonly decided_at: string | null
}

export interface Licence {
  readonly id: string
  readonly asset: AssetSummary
  readonly granted_at: string
  readonly expires_at: string
  readonly status: 'active' | 'expired'
}
