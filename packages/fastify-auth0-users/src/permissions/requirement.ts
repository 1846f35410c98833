import type { Principal } from '../claims/principal.ts'
import type { Fault } from '../errors.ts'
import type { Permission } from '../types.ts'
import type { Catalogue } from './catalogue.ts'
import { modelPermissionFor } from './rules.ts'

/** What a route asks of the one who calls it, as `config: { auth: { … } }`. All given parts must be met. */
export interface RouteRequirement {
  /** All of these permissions. */
  readonly permissions?: Permission | readonly Permission[]
  /** At least one of these. */
  readonly anyPermission?: readonly Permission[]
  /** `app_label.model`: the HTTP method decides which of its four permissions is needed. */
  readonly model?: `${string}.${string}`
  /** Staff only. */
  readonly staff?: boolean
  /** The kinds of principal that are let in [any]. */
  readonly principal?: Principal | readonly Principal[]
}

/** `false`: public. `true` or an object, empty or not: protected. */
export type RouteAuth = boolean | RouteRequirement

/** A requirement made ready for one route: names checked, the model resolved for its HTTP methods. */
export interface CompiledRequirement {
  readonly permissions: readonly string[]
  readonly anyPermission: readonly string[]
  /** By HTTP method; a method that is missing here is denied. Null where the route names no model. */
  readonly byMethod: ReadonlyMap<string, string> | null
  readonly staff: boolean
  readonly principals: readonly Principal[] | null
}

const known = new Set(['permissions', 'anyPermission', 'model', 'staff', 'principal'])
const principals: readonly Principal[] = ['user', 'machine', 'anonymous']

/**
 * Checks a route's declaration against the catalogue and makes it ready.
 *
 * @param faults gets one entry for each mistake; with any, the result must not be used.
 */
export function compileRequirement(
  given: RouteRequirement,
  httpMethods: readonly string[],
  catalogue: Catalogue,
  faults: Fault[],
): CompiledRequirement {
  for (const key of Object.keys(given)) {
    if (!known.has(key)) faults.push({ field: `auth.${key}`, message: `is not one of ${[...known].join(', ')}` })
  }
  const declared = (field: string, names: readonly unknown[]): string[] =>
    names.filter((name): name is string => {
      if (typeof name === 'string' && catalogue.has(name)) return true
      faults.push({ field: `auth.${field}`, message: `${JSON.stringify(name)} is not in the permission catalogue` })
      return false
    })
  const permissions = declared('permissions', asList(given.permissions))
  const anyPermission = declared('anyPermission', asList(given.anyPermission))
  const byMethod = given.model === undefined ? null : modelMap(given.model, httpMethods)
  if (byMethod !== null) declared('model', [...byMethod.values()])
  if (given.staff !== undefined && typeof given.staff !== 'boolean') {
    faults.push({ field: 'auth.staff', message: 'must be true or false' })
  }
  const kinds = given.principal === undefined ? null : asList(given.principal)
  for (const kind of kinds ?? []) {
    if (principals.includes(kind)) continue
    faults.push({ field: 'auth.principal', message: `must be one of ${principals.join(', ')}` })
  }
  return { permissions, anyPermission, byMethod, staff: given.staff === true, principals: kinds }
}

function modelMap(model: string, httpMethods: readonly string[]): Map<string, string> {
  const entries = httpMethods.flatMap(method => {
    const permission = modelPermissionFor(model, method)
    return permission === undefined ? [] : [[method, permission] as const]
  })
  return new Map(entries)
}

function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}
