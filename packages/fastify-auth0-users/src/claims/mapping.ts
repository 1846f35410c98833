import { Auth0UsersError } from '../errors.ts'
import { withDefaults } from '../lib/option-schema.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { Permission } from '../types.ts'
import { claimsSchema } from './options.ts'

/** Where a value stands in the claims: a claim's exact name, or a path of names into nested objects. */
export type ClaimName = string | { readonly path: readonly string[] }

/**
 * Where a column's value comes from: one claim, several tried in order, or a function of the
 * verified claims. Names are looked up as own properties, exactly: `https://acme.example/email` is
 * a name, not a path.
 */
export type ClaimSource = ClaimName | readonly ClaimName[] | ((claims: VerifiedClaims) => unknown)

/** Columns of `accounts_user` that a token may fill. */
export type MappedColumn = 'email' | 'email_verified' | 'first_name' | 'last_name'

/** The option `claims`: where in a token each column stands. */
export interface ClaimsOptions {
  /** The email address. @default 'email' */
  readonly email?: ClaimSource
  /** Whether the address was verified. @default 'email_verified' */
  readonly email_verified?: ClaimSource
  /** The first name. @default 'given_name' */
  readonly first_name?: ClaimSource
  /** The last name. @default 'family_name' */
  readonly last_name?: ClaimSource
  /** The claim whose strings count as grants, limited to the catalogue. @default none */
  readonly permissions?: ClaimSource
  /**
   * Translates names of the permissions claim into names of the catalogue; a name that is not listed stands for itself.
   *
   * @default {}
   * @example
   * ```ts
   * const permissionNames = { 'read:reports': 'reports.view_report' }
   * await app.register(auth0Users, { ...options, claims: { permissions: 'permissions', permissionNames } })
   * ```
   */
  readonly permissionNames?: Readonly<Record<string, Permission>>
  /**
   * Where step-up finds the authentication context class that the user's sign-in reached. Auth0 puts it into an access
   * token only when an Action does, under a namespace.
   *
   * @default 'acr'
   */
  readonly acr?: ClaimSource
  /**
   * Where step-up finds the list of authentication methods that were used.
   *
   * @default 'amr'
   */
  readonly amr?: ClaimSource
  /**
   * Where step-up finds when the user signed in, in seconds since the epoch.
   *
   * @default 'auth_time'
   */
  readonly authTime?: ClaimSource
}

/** What a token says about a person. A column that is absent was not in the token, or was unusable. */
export interface MappedFields {
  email?: string
  email_verified?: boolean
  first_name?: string
  last_name?: string
}

export interface Mapped {
  readonly fields: MappedFields
  /** Columns whose claim was present and unusable (wrong type, too long, hostile characters). */
  readonly ignored: readonly MappedColumn[]
}

/**
 * Makes the function that maps verified claims to columns. It never throws for what a token holds:
 * an unusable claim is ignored and reported, so that the person gets in.
 *
 * @throws (the mapper) Auth0UsersError `A0U_HOOK_FAILED` when a mapping function of the host throws.
 */
export function createMapper(options: ClaimsOptions): (claims: VerifiedClaims) => Mapped {
  const sources = withDefaults<ClaimsOptions & Readonly<Record<MappedColumn, ClaimSource>>>(claimsSchema, options)
  return claims => {
    const fields: MappedFields = {}
    const ignored: MappedColumn[] = []
    const text = (column: 'email' | 'first_name' | 'last_name', clean: (value: string) => string | undefined): void => {
      const value = readClaim(claims, sources[column])
      if (value === undefined || value === '') return
      const cleaned = typeof value === 'string' && isStorable(value) ? clean(value.trim()) : undefined
      if (cleaned === undefined) ignored.push(column)
      else fields[column] = cleaned
    }
    text('email', cleanEmail)
    text('first_name', cleanName)
    text('last_name', cleanName)
    const verified = readClaim(claims, sources.email_verified)
    if (typeof verified === 'boolean') fields.email_verified = verified
    else if (verified !== undefined) ignored.push('email_verified')
    return { fields, ignored }
  }
}

/** The strings of the claim that the host named as a source of grants; other values are passed over. */
export function claimedPermissions(
  claims: VerifiedClaims,
  source: ClaimSource | undefined,
  translations: ClaimsOptions['permissionNames'] = {},
): readonly string[] {
  if (source === undefined) return []
  const value = readClaim(claims, source)
  const names = Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
  return names.map(name => (Object.hasOwn(translations, name) ? (translations[name] as string) : name))
}

/** The first value present; null counts as absent. */
export function readClaim(claims: VerifiedClaims, source: ClaimSource): unknown {
  if (typeof source === 'function') {
    try {
      return source(claims) ?? undefined
    } catch (cause) {
      throw new Auth0UsersError('A0U_HOOK_FAILED', { cause })
    }
  }
  const names: readonly ClaimName[] = Array.isArray(source) ? source : [source as ClaimName]
  for (const name of names) {
    const value = typeof name === 'string' ? ownValue(claims, name) : name.path.reduce(ownValue, claims as unknown)
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

function ownValue(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined
  return (holder as Record<string, unknown>)[name]
}

/** PostgreSQL stores no NUL, and a lone surrogate is not UTF-8. */
function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0')
}

function cleanEmail(value: string): string | undefined {
  return value.length <= 255 && /^[^\s@]+@[^\s@]+$/.test(value) ? value : undefined
}

/** Cut at 150 code points, as the column counts them; undefined for an empty name. */
function cleanName(value: string): string | undefined {
  return /^.{1,150}/su.exec(value)?.[0]
}
