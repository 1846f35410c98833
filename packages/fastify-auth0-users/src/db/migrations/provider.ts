import type { TableOptions } from '../handle.ts'
import { tableIdentifiers } from '../names.ts'
import { usersMigration } from './0001-users.ts'
import { permissionsMigration } from './0002-permissions.ts'
import { auditMigration } from './0003-audit.ts'
import { identitiesMigration } from './0004-identities.ts'
import { consentsMigration } from './0005-consents.ts'
import { changeFeedMigration } from './0006-change-feed.ts'
import { activityMigration } from './0007-activity.ts'
import { credentialsMigration } from './0008-credentials.ts'
import { auditChainMigration } from './0009-audit-chain.ts'
import { auth0EventsMigration } from './0010-auth0-events.ts'
import { reportsMigration } from './0011-reports.ts'
import { addressesMigration } from './0012-addresses.ts'
import { endedSidsMigration } from './0018-ended-sids.ts'
import { dpopProofsMigration } from './0019-dpop-proofs.ts'
import { organizationsMigration } from './0025-organizations.ts'
import { invitationsMigration } from './0026-invitations.ts'
import { outboxMigration } from './0028-outbox.ts'
import type { Migration, MigrationProvider } from './migration.ts'

/**
 * The migrations of this plugin, for a host that merges them into its own `MigrationProvider`.
 * Numbered and append-only. A host whose own migrations are named by date needs Kysely's
 * `allowUnorderedMigrations`, since later ones of ours sort among them.
 *
 * @param options where the tables live; must be the plugin's own `tables` option.
 */
export function migrations(options: TableOptions = {}): MigrationProvider {
  const names = tableIdentifiers(options)
  return {
    async getMigrations(): Promise<Record<string, Migration>> {
      return {
        accounts_0001_users: usersMigration(names),
        accounts_0002_permissions: permissionsMigration(names),
        accounts_0003_audit: auditMigration(names),
        accounts_0004_identities: identitiesMigration(names),
        accounts_0005_consents: consentsMigration(names),
        accounts_0006_change_feed: changeFeedMigration(names),
        accounts_0007_activity: activityMigration(names),
        accounts_0008_credentials: credentialsMigration(names),
        accounts_0009_audit_chain: auditChainMigration(names),
        accounts_0010_auth0_events: auth0EventsMigration(names),
        accounts_0011_reports: reportsMigration(names),
        accounts_0012_addresses: addressesMigration(names),
        accounts_0018_ended_sids: endedSidsMigration(names),
        accounts_0019_dpop_proofs: dpopProofsMigration(names),
        accounts_0025_organizations: organizationsMigration(names),
        accounts_0026_invitations: invitationsMigration(names),
        accounts_0028_outbox: outboxMigration(names),
      }
    },
  }
}
