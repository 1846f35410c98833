import type { FastifyRequest } from 'fastify'
import '../augment.ts'
import type { Databases } from '../db/handle.ts'
import type { Clock } from '../lib/clock.ts'
import { createJoin } from '../organizations/join.ts'
import { createMemberships, membershipsAlongside } from '../organizations/memberships.ts'
import { type ResolvedOrganizations, resolveOrganizations } from '../organizations/options.ts'
import { createOrganizations, type Organizations } from '../organizations/organizations.ts'
import { createRequestOrganizations, type RequestOrganizations } from '../organizations/request.ts'
import { createTransaction, type RunTransaction } from '../organizations/transaction.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import type { Alongside } from '../users/memory/alongside.ts'

export interface OrganizationWiringDeps {
  readonly databases: Databases
  /** Null where organizations are off. */
  readonly options: ResolvedOrganizations | null
  readonly catalogue: Catalogue
  readonly now: Clock
}

/** What the load of users reads beside them; undefined where organizations are off. */
export function alongsideOf(options: ResolvedOrganizations | null): { readonly alongside?: Alongside } {
  return options === null ? {} : { alongside: membershipsAlongside }
}

/** From a credential to its organization; null where organizations are off. */
export function requestOrganizationsOf(deps: OrganizationWiringDeps): RequestOrganizations | null {
  const { databases, options } = deps
  if (options === null) return null
  const memberships = createMemberships(options.roles)
  const join = createJoin(databases)
  return createRequestOrganizations({ options, memberships, tenantOf: () => null, join })
}

/** The services work in any case, as those of credentials do. */
export function organizationServices(deps: OrganizationWiringDeps): {
  readonly organizations: Organizations
  readonly transaction: RunTransaction<FastifyRequest>
} {
  const { databases, catalogue, now } = deps
  const options = deps.options ?? resolveOrganizations({}, catalogue, true, [])
  if (options === null) throw new TypeError('the defaults of organizations are incomplete')
  return {
    organizations: createOrganizations({ databases, roles: options.roles, now }),
    transaction: createTransaction(databases, ({ auth }: FastifyRequest) => ({
      userId: auth?.user?.id ?? null,
      organizationId: auth?.organization?.id ?? null,
      ...(auth === null ? {} : { actor: auth.user?.id ?? auth.subject }),
    })),
  }
}
