import type { FastifyRequest } from 'fastify'
import type { Principal } from '../claims/principal.ts'
import type { Fault } from '../errors.ts'
import { isScopeToken } from '../lib/scope-token.ts'
import type { Permission, StepUpName } from '../types.ts'
import type { Catalogue } from './catalogue.ts'
import { modelPermissionFor } from './rules.ts'
import { type CompiledStepUp, compileStepUp, type StepUp } from './step-up.ts'

/** The four ways to sign in. */
export type MethodName = 'jwt' | 'token' | 'session' | 'basic'

/** The models of the host's permissions: `store.asset` where there is a `store.view_asset`. */
export type PermissionModel = ModelOf<Permission>

type ModelOf<Name extends string> = string extends Name
  ? `${string}.${string}`
  : Name extends `${infer App}.view_${infer Model}`
    ? `${App}.${Model}`
    : never

/** A rule on the object that a request is about; see `RouteRequirement.check`. */
export type ObjectCheck = (request: FastifyRequest) => boolean | Promise<boolean>

/** What a route asks of the one who calls it, as `config: { auth: { … } }`. All given parts must be met. */
export interface RouteRequirement {
  /** All of these permissions. */
  readonly permissions?: Permission | readonly Permission[]
  /** At least one of these. */
  readonly anyPermission?: readonly Permission[]
  /** `app_label.model`: the HTTP method decides which of its four permissions is needed. */
  readonly model?: PermissionModel
  /** Staff only. */
  readonly staff?: boolean
  /** The kinds of principal that are let in [any]. */
  readonly principal?: Principal | readonly Principal[]
  /** The ways to sign in that are accepted [all that are switched on]. */
  readonly methods?: MethodName | readonly MethodName[]
  /**
   * Only requests of an organization: of any (`true`), or of one of these, by Auth0's id (`org_…`) or by name. The
   * organization comes from the credential, and `permissions` asks what the user may do in it. A name can change and
   * be taken by another organization later; an id cannot.
   */
  readonly organization?: true | string | readonly string[]
  /** All of these scopes of the access token, or of the token that began the session. Ask what the client was allowed. */
  readonly scopes?: string | readonly string[]
  /** At least one of these scopes. */
  readonly anyScope?: readonly string[]
  /** How the user must have signed in (RFC 9470): a level of the option `stepUp` by name, or `{ acr?, amr?, maxAge? }`. */
  readonly stepUp?: StepUp | StepUpName
  /** `false`: only the user, and neither a token with an `act` claim nor staff who impersonate. @default true */
  readonly delegated?: boolean
  /** `complete`: only people whose profile lacks no required field. */
  readonly profile?: 'complete'
  /**
   * A rule on the object itself, run as `preHandler`: after everything above, and after params, query and
   * body were validated, with `request.auth` set. `false` is refused with `A0U_PERMISSION_DENIED`; an error that it
   * throws is sent as it is, so that a rule can respond 404 for what must not be known to exist.
   */
  readonly check?: ObjectCheck
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
  readonly methods: readonly MethodName[] | null
  /** Null where the route does not ask for one; otherwise `true` for any, or Auth0's ids and names in lower case. */
  readonly organization: true | ReadonlySet<string> | null
  readonly scopes: readonly string[]
  readonly anyScope: readonly string[]
  readonly stepUp: CompiledStepUp | null
  /** Whether an actor on the user's behalf is let in. */
  readonly delegated: boolean
  readonly completeProfile: boolean
  readonly check: ObjectCheck | null
}

const known = new Set([
  ...['permissions', 'anyPermission', 'model', 'staff', 'principal', 'methods', 'profile', 'check'],
  ...['scopes', 'anyScope', 'stepUp', 'delegated', 'organization'],
])
const principals: readonly Principal[] = ['user', 'machine', 'anonymous']
const methodNames: readonly MethodName[] = ['jwt', 'token', 'session', 'basic']

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
  levels: Readonly<Record<string, StepUp | undefined>> = {},
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
  if (given.anyPermission?.length === 0) {
    faults.push({ field: 'auth.anyPermission', message: 'must name at least one permission' })
  }
  checkKinds(given, faults)
  return {
    permissions,
    anyPermission,
    byMethod,
    staff: given.staff === true,
    principals: oneOfThese('principal', given.principal, principals, faults),
    methods: oneOfThese('methods', given.methods, methodNames, faults),
    organization: organizationOf(given.organization, faults),
    scopes: scopeNames('scopes', given.scopes, faults),
    anyScope: scopeNames('anyScope', given.anyScope, faults),
    stepUp: given.stepUp === undefined ? null : compileStepUp(given.stepUp, levels, 'auth.stepUp', faults),
    delegated: given.delegated !== false,
    completeProfile: given.profile === 'complete',
    check: given.check ?? null,
  }
}

/** A scope or a list of scopes; empty where none was given. */
function scopeNames(field: string, given: string | readonly string[] | undefined, faults: Fault[]): readonly string[] {
  if (given === undefined) return []
  const list = asList(given)
  if (list.length === 0 || !list.every(name => typeof name === 'string' && isScopeToken(name))) {
    faults.push({
      field: `auth.${field}`,
      message: 'must be one or more scopes (RFC 6749 §3.3), without spaces and quotes',
    })
  }
  return list
}

function checkKinds({ staff, profile, check, delegated }: RouteRequirement, faults: Fault[]): void {
  if (delegated !== undefined && typeof delegated !== 'boolean')
    faults.push({ field: 'auth.delegated', message: 'must be true or false' })
  if (staff !== undefined && typeof staff !== 'boolean')
    faults.push({ field: 'auth.staff', message: 'must be true or false' })
  if (profile !== undefined && profile !== 'complete') {
    faults.push({ field: 'auth.profile', message: 'must be "complete"' })
  }
  if (check !== undefined && typeof check !== 'function') {
    faults.push({ field: 'auth.check', message: 'must be a function of the request' })
  }
}

function organizationOf(given: RouteRequirement['organization'], faults: Fault[]): CompiledRequirement['organization'] {
  if (given === undefined || given === true) return given ?? null
  const list = asList(given)
  if (list.length === 0 || !list.every(item => typeof item === 'string' && /^[A-Za-z0-9][\w-]*$/.test(item))) {
    faults.push({ field: 'auth.organization', message: "must be true, Auth0's id, a name, or a list of these" })
    return null
  }
  return new Set(list.map(item => (item.startsWith('org_') ? item : item.toLowerCase())))
}

/** A value or a list of values out of a fixed set; null where none was given. */
function oneOfThese<T extends string>(
  field: string,
  given: T | readonly T[] | undefined,
  allowed: readonly T[],
  faults: Fault[],
): readonly T[] | null {
  if (given === undefined) return null
  const list = asList(given)
  if (list.length === 0 || !list.every(item => allowed.includes(item))) {
    faults.push({ field: `auth.${field}`, message: `must be one or more of ${allowed.join(', ')}` })
  }
  return list
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
