import type { Reader } from './config-reader.ts'

/** Where tables are: in a database of the server that the app starts itself, or in a given one. */
export type DatabaseConfig = { readonly mode: 'embedded' } | { readonly mode: 'given'; readonly url: string }

/** Who keeps the copy in step: a job of this app, or PostgreSQL (a replica, or `default` itself). */
export type ReplicaKeeper = 'app' | 'postgres'

export interface DatabasesConfig {
  readonly default: DatabaseConfig
  readonly qa_crawler: DatabaseConfig
  readonly platform_replica: DatabaseConfig & { readonly keptBy: ReplicaKeeper }
}

/**
 * Three connection strings. Without the first everything is embedded that is not given; with it, the
 * others may share its database: their tables have names of their own, and what platforms read is a view in it.
 */
export function readDatabases(reader: Reader): DatabasesConfig {
  const main = readUrl(reader, 'DATABASE_URL')
  const crawler = readUrl(reader, 'QA_CRAWLER_DATABASE_URL') ?? main
  const replica = readUrl(reader, 'PLATFORM_REPLICA_DATABASE_URL')
  const sync = reader.flag('PLATFORM_REPLICA_SYNC', false)
  if (sync && replica === undefined) {
    reader.faults.push('PLATFORM_REPLICA_SYNC needs PLATFORM_REPLICA_DATABASE_URL: a database to keep in step')
  }
  const embedded = replica === undefined && main === undefined
  return {
    default: toConfig(main),
    qa_crawler: toConfig(crawler),
    platform_replica: { ...toConfig(replica ?? main), keptBy: embedded || sync ? 'app' : 'postgres' },
  }
}

function toConfig(url: string | undefined): DatabaseConfig {
  return url === undefined ? { mode: 'embedded' } : { mode: 'given', url }
}

function readUrl(reader: Reader, name: string): string | undefined {
  const url = reader.text(name)
  // The value may hold a password, so it is never repeated.
  if (url !== undefined && (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))) {
    reader.faults.push(`${name} must look like postgresql://user:password@host:5432/database`)
  }
  return url
}
