// pgbench, PostgreSQL's own load generator, where this machine has one.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { env } from 'node:process'
import { promisify } from 'node:util'

const debian = '/usr/lib/postgresql'

/** The path of the newest one; undefined where there is none. */
export function findPgbench() {
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = [...(env.PATH ?? '').split(delimiter), ...versions.map(version => join(debian, version, 'bin'))]
  return folders.map(folder => join(folder, 'pgbench')).find(file => existsSync(file))
}

/** Runs a script file so often on each of so many connections; answers transactions a second, connecting not counted. */
export async function runPgbench(pgbench, url, { file, clients, transactions, variables = {} }) {
  const { hostname, port, username, password, pathname } = new URL(url)
  const defined = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`])
  const flags = ['--no-vacuum', '-M', 'prepared', '-c', clients, '-t', transactions, '-f', file, ...defined].map(String)
  const { stdout } = await promisify(execFile)(pgbench, flags, {
    env: {
      ...env,
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: decodeURIComponent(username),
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: pathname.slice(1),
    },
  })
  const rate = /tps = ([\d.]+) \(without initial connection time\)/.exec(stdout)?.[1]
  if (rate === undefined) throw new Error(`pgbench said: ${stdout}`)
  return Number(rate)
}
