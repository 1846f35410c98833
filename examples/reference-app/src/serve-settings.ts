import type { AuthOptions } from './app.ts'
import type { ReplicaKeeper } from './config-databases.ts'
import type { DatabaseName } from './databases/databases.ts'

/** What every process that serves has to know. Plain data, so that it can be sent to one. */
export interface ServeSettings {
  readonly connectionStrings: Readonly<Record<DatabaseName, string>>
  readonly replicaKeptBy: ReplicaKeeper
  readonly auth: AuthOptions
}
