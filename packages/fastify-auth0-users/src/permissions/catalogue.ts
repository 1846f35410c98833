import type { Fault } from '../errors.ts'
import { builtInPermissions } from './built-in.ts'

/** Django's four permissions of a model. */
export type ModelPermission<Model extends string> = Model extends `${infer App}.${infer Name}`
  ? `${App}.${'view' | 'add' | 'change' | 'delete'}_${Name}`
  : never

/** `app_label.codename`, in Django's alphabet. */
const djangoName = /^[a-z][a-z0-9_]{0,98}\.[a-z][a-z0-9_]{0,99}$/

/** A scope-token (RFC 6749 §3.3) of at most 150 characters with a colon in it, as Auth0's RBAC names are written: `read:reports`. */
const auth0Name = /^(?=[^:]*:)[\x21\x23-\x5b\x5d-\x7e]{1,150}$/

/**
 * The four permissions of a model: `modelPermissions('store.asset')` is
 * `['store.view_asset', 'store.add_asset', 'store.change_asset', 'store.delete_asset']`.
 *
 * @throws TypeError when `model` is not `app_label.model`.
 */
export function modelPermissions<const Model extends `${string}.${string}`>(model: Model): ModelPermission<Model>[] {
  if (!djangoName.test(model)) throw new TypeError(`a model is written app_label.model, but "${model}" was given`)
  return (['view', 'add', 'change', 'delete'] as const).map(
    action => modelPermission(model, action) as ModelPermission<Model>,
  )
}

/** `store.asset` and `view` make `store.view_asset`. */
export function modelPermission(model: string, action: 'view' | 'add' | 'change' | 'delete'): string {
  const dot = model.indexOf('.')
  return `${model.slice(0, dot)}.${action}_${model.slice(dot + 1)}`
}

/** What a permission name must be, for messages. */
export const permissionForm = "app_label.codename (a-z, 0-9, _) or action:resource (Auth0's form)"

/** Whether a text is a permission name of Django's form (`app_label.codename`) or of Auth0's (`read:reports`). */
export function isPermissionName(text: string): boolean {
  return djangoName.test(text) || auth0Name.test(text)
}

/** The permissions that exist. A name outside it is a mistake of the code that uses it. */
export type Catalogue = ReadonlySet<string>

/** Builds the catalogue from the option and the plugin's own permissions; adds a fault for each malformed name. */
export function createCatalogue(names: readonly string[], faults: Fault[]): Catalogue {
  for (const name of names) {
    if (isPermissionName(name)) continue
    faults.push({ field: 'permissions', message: `${JSON.stringify(name)} must be ${permissionForm}` })
  }
  return new Set([...names, ...builtInPermissions])
}
