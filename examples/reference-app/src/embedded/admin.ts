import pg from 'pg'

/** Where a server of ours listens. */
export interface Address {
  readonly port: number
  readonly password: string
}

export function connectionString({ port, password }: Address, database = 'postgres'): string {
  return `postgresql://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}

/** Runs `work` on a separate connection to the maintenance database. */
export async function withAdmin<T>(address: Address, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: connectionString(address), connectionTimeoutMillis: 10_000 })
  client.on('error', () => {}) // the server may stop while we are connected; then the query's own promise rejects
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {}) // after a failed connect there is nothing to end
  }
}

/** Idempotent. `template` is copied; it must have no connections at that moment. */
export async function createDatabase(address: Address, name: string, template?: string): Promise<void> {
  await withAdmin(address, async client => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount !== 0) return
    const source = template === undefined ? '' : ` template ${client.escapeIdentifier(template)}`
    try {
      await client.query(`create database ${client.escapeIdentifier(name)}${source}`)
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
  })
}

/** Idempotent; closes the connections of others to it. */
export async function dropDatabase(address: Address, name: string): Promise<void> {
  await withAdmin(address, client =>
    client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`),
  )
}

/** 42P04, or 23505 when two processes create it in the same moment. */
function isDuplicate(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')
}
