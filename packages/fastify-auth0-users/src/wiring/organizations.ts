import type { FastifyInstance, FastifyRequest } from 'fastify'
import '../augment.ts'
import type { Databases } from '../db/handle.ts'
import type { Clock } from '../lib/clock.ts'
import { acceptForNew } from '../organizations/accept.ts'
import type { InvitationHookRegistry } from '../organizations/hooks.ts'
import { invitationRoutes } from '../organizations/invitation.routes.ts'
import { createInvitations, type InvitationDeps } from '../organizations/invitations.service.ts'
import { createJoin } from '../organizations/join.ts'
import { createMemberships, membershipsAlongside } from '../organizations/memberships.ts'
import { type ResolvedOrganizations, resolveOrganizations } from '../organizations/options.ts'
import { createOrganizations, type Organizations } from '../organizations/organizations.ts'
import { createRequestOrganizations, type RequestOrganizations } from '../organizations/request.ts'
import { createTransaction, type RunTransaction } from '../organizations/transaction.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import type { Alongside } from '../users/memory/alongside.ts'
import type { Welcome } from '../users/provisioning/welcome.ts'

export interface OrganizationWiringDeps {
  readonly databases: Databases
  /** Null where organizations are off. */
  readonly options: ResolvedOrganizations | null
  readonly catalogue: Catalogue
  readonly hooks: InvitationHookRegistry
  readonly now: Clock
}

/** What is read and done with users; empty where organizations are off. */
export function usersExtrasOf({ options, now }: Pick<OrganizationWiringDeps, 'options' | 'now'>): {
  readonly alongside?: Alongside
  readonly welcome?: Welcome
} {
  if (options === null) return {}
  return {
    alongside: membershipsAlongside,
    welcome: (trx, users) => acceptForNew(trx, users, new Date(now())),
  }
}

/** The routes for members; none where organizations, or their routes, are off. */
export async function registerOrganizations(app: FastifyInstance, deps: OrganizationWiringDeps): Promise<void> {
  const prefix = deps.options?.prefix ?? null
  if (prefix !== null) await app.register(invitationRoutes(createInvitations(serviceDeps(deps)), prefix))
}

function serviceDeps({ databases, catalogue, hooks, now, options: given }: OrganizationWiringDeps): InvitationDeps {
  const options = given ?? resolveOrganizations({}, catalogue, true, [])
  if (options === null) throw new TypeError('the defaults of organizations are incomplete')
  return { databases, roles: options.roles, now, hooks, options: options.invitations }
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
  const { databases } = deps
  return {
    organizations: createOrganizations(serviceDeps(deps)),
    transaction: createTransaction(databases, ({ auth }: FastifyRequest) => ({
      userId: auth?.user?.id ?? null,
      organizationId: auth?.organization?.id ?? null,
      ...(auth === null ? {} : { actor: auth.user?.id ?? auth.subject }),
    })),
  }
}
