import type { Auth0UsersTables } from 'fastify-auth0-users'
import type { Generated, GeneratedAlways } from 'kysely'
import type { LicencesDatabase } from '../licences/tables.ts'
import type { RequestStatus } from './access-request.schema.ts'

export interface AccessRequestTable {
  id: Generated<string>
  position: GeneratedAlways<string>
  asset_id: string
  user_id: string
  purpose: string
  status: Generated<RequestStatus>
  reason: string | null
  decided_by: string | null
  created_at: Generated<Date>
  decided_at: Date | null
}

/** The tables that requests for assets work with. */
export interface StoreDatabase extends LicencesDatabase, Pick<Auth0UsersTables, 'accounts_user'> {
  store_access_request: AccessRequestTable
}
