import type { ClaimsOptions } from '../claims/mapping.ts'
import type { Fault } from '../errors.ts'
import type { Catalogue } from '../permissions/catalogue.ts'

/** Adds a fault for each translation whose target is not in the catalogue, and for translations without a claim. */
export function checkPermissionNames(claims: ClaimsOptions | undefined, catalogue: Catalogue, faults: Fault[]): void {
  const names = claims?.permissionNames
  if (names === undefined) return
  if (claims?.permissions === undefined) {
    faults.push({
      field: 'claims.permissionNames',
      message: 'requires claims.permissions, the claim that it translates',
    })
  }
  for (const [name, permission] of Object.entries(names)) {
    if (catalogue.has(permission)) continue
    const field = `claims.permissionNames.${name}`
    faults.push({ field, message: `must be a name of the permission catalogue, but is ${JSON.stringify(permission)}` })
  }
}
