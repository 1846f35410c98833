import type { Auth0UsersTables } from 'fastify-auth0-users'
import type { CampaignsDatabase } from '../digital-pr/tables.ts'
import type { MessagesDatabase } from '../messages/tables.ts'
import type { PlatformSourceDatabase } from '../platform/tables.ts'

/** The database `default`: the plugin's tables and those of every feature. */
export interface DefaultDatabase extends Auth0UsersTables, MessagesDatabase, CampaignsDatabase, PlatformSourceDatabase {
  /** What was made for demonstrations, so that it is made once. */
  demo_seed: { name: string }
}
