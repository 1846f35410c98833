import { readFileSync } from 'node:fs'
import type { TableOptions } from '../db/handle.ts'
import type { Fault } from '../errors.ts'
import { type Catalogue, createCatalogue } from '../permissions/catalogue.ts'
import { usageFault } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** The options that all commands share. */
export interface CommonOptions {
  readonly schema?: string
  readonly prefix?: string
  readonly json?: boolean
}

export interface Settings {
  readonly json: boolean
  readonly tables: TableOptions
}

const schemaPattern = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/
const prefixPattern = /^[a-z_][a-z0-9_]{0,29}$/

/** Checks the shared options. Throws a usage fault. */
export function readSettings({ schema, prefix, json = false }: CommonOptions): Settings {
  if (schema !== undefined) requireSchemaName(schema, '--schema')
  if (prefix !== undefined && !prefixPattern.test(prefix)) {
    throw usageFault('--prefix must be a-z, 0-9 and _, at most 30 characters')
  }
  const tables = { ...(schema === undefined ? {} : { schema }), ...(prefix === undefined ? {} : { prefix }) }
  return { json, tables }
}

/** Throws a usage fault unless a schema can have this name. */
export function requireSchemaName(name: string, option: string): void {
  if (!schemaPattern.test(name)) throw usageFault(`${option} must be a PostgreSQL schema name`)
}

/** The connection string. It is never shown. Throws a usage fault. */
export function databaseUrl({ env }: Terminal): string {
  const url = env['DATABASE_URL']
  if (url === undefined || url === '') {
    throw usageFault('DATABASE_URL is not set: it must be the connection string of your PostgreSQL')
  }
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw usageFault('DATABASE_URL must be a connection string that starts with postgres:// or postgresql://')
  }
  return url
}

/** The host's permissions, from a file that holds a JSON list of names; null where none was given. Throws a usage fault. */
export function readCatalogue(file: string | undefined): Catalogue | null {
  if (file === undefined) return null
  const names = readNames(file)
  const faults: Fault[] = []
  const catalogue = createCatalogue(names, faults)
  if (faults.length > 0) throw usageFault(`--catalogue: ${faults.map(fault => fault.message).join('; ')}`)
  return catalogue
}

function readNames(file: string): string[] {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw usageFault('--catalogue must be a file that holds a JSON list of permission names')
  }
  if (Array.isArray(value) && value.every(name => typeof name === 'string')) return value
  throw usageFault('--catalogue must be a file that holds a JSON list of permission names')
}
