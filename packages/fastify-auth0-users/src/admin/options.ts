import type { TObject } from '@sinclair/typebox'
import { group, path, withDefaults } from '../lib/option-schema.ts'

/** The routes for staff. */
export interface AdminOptions {
  /** What they start with. @default '/api/v1/accounts/admin' */
  readonly prefix?: string
}

export interface ResolvedAdminOptions {
  /** Without a final slash. */
  readonly prefix: string
}

/** The option `admin`. */
export const adminSchema: TObject = group({
  prefix: path({ description: 'what their paths start with', default: '/api/v1/accounts/admin' }),
})

/** Completes the option `admin`; `false` stays, for no routes. */
export function resolveAdminOptions(given: AdminOptions | false | undefined): ResolvedAdminOptions | false {
  if (given === undefined || given === false) return false
  const { prefix } = withDefaults<ResolvedAdminOptions>(adminSchema, given)
  return { prefix: prefix.replace(/\/$/, '') }
}
