// One owner for each table: only repositories of the owning folder write it.
import type { Sources } from './imports.ts'

export interface OwnershipLaw {
  /** The folder that owns a table, by the table's name. */
  readonly owners: Readonly<Record<string, string>>
  /** Folders that may write any table, such as one that fills a database for demonstrations. */
  readonly exempt: readonly string[]
}

const builders = /(?:insertInto|updateTable|deleteFrom|mergeInto)\(\s*['"`](\w+)/g
const statements =
  /(?:insert\s+into|delete\s+from|update)\s+((?:accounts|store|digital_pr|outbox|platform|qa_crawler)_\w+)/gi
const qualified = /(?:insert\s+into|delete\s+from|update)\s+\$\{\w+\.qualified\('(\w+)'\)\}/gi

/** Every place that writes a table of another folder, or writes outside a repository, as sentences. */
export function ownershipBreaches(sources: Sources, { owners, exempt }: OwnershipLaw): string[] {
  return Object.entries(sources).flatMap(([file, text]) => {
    if (/(^|\/)migrations(\.ts$|\/)/.test(file) || exempt.some(folder => file.startsWith(`${folder}/`))) return []
    return [...new Set(tablesWrittenIn(text))].flatMap(table => breachOf(file, table, owners[table]))
  })
}

function tablesWrittenIn(text: string): string[] {
  return [
    ...[...text.matchAll(builders), ...text.matchAll(statements)].map(([, table = '']) => table),
    ...[...text.matchAll(qualified)].map(([, name = '']) => `accounts_${name}`),
  ].map(table => table.replace(/\s.*$/, ''))
}

function breachOf(file: string, table: string, owner: string | undefined): string[] {
  if (owner === undefined) return [`${file} writes ${table}, which has no owner in the law`]
  if (!file.startsWith(`${owner}/`)) return [`${file} writes ${table}, which ${owner} owns`]
  return file.endsWith('.repository.ts') ? [] : [`${file} writes ${table} outside a repository`]
}
