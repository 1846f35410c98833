import type { Auth0UsersTables } from 'fastify-auth0-users'
import type { CampaignTable } from '../digital-pr/tables.ts'
import type { OutboxTable } from '../jobs/tables.ts'
import type { LicenceTable } from '../licences/tables.ts'
import type { PlatformAssetTable } from '../platform/tables.ts'
import type { CrawlerRunTable } from '../qa-crawler/tables.ts'
import type { AccessRequestTable, AssetTable } from '../store/tables.ts'

/** The database `default`: people (the plugin's tables) and the business. */
export interface DefaultDatabase extends Auth0UsersTables {
  store_asset: AssetTable
  store_access_request: AccessRequestTable
  store_licence: LicenceTable
  digital_pr_campaign: CampaignTable
  outbox_message: OutboxTable
  /** What was made for demonstrations, so that it is made once. */
  demo_seed: { name: string }
  /** A view: what a replica of this database offers to platforms. */
  platform_asset: PlatformAssetTable
}

/** The database `qa_crawler`. */
export interface QaCrawlerDatabase {
  qa_crawler_run: CrawlerRunTable
}

/** The database `platform_replica`: read by platforms, written by replication only. */
export interface PlatformReplicaDatabase {
  platform_asset: PlatformAssetTable
}
