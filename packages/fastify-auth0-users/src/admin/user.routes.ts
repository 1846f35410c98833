import type { FastifyRequest } from 'fastify'
import type { Flags } from '../permissions/grant-flags.ts'
import { signOutWithin } from '../users/directory/directory.service.ts'
import type { AdminDeps } from './deps.ts'
import { type AdminRoute, authorityOf, idOf, param } from './route.ts'
import {
  defaultLimit,
  flagsBody,
  grantParams,
  identityList,
  idParams,
  memberParams,
  personPage,
  personQuery,
  personSchema,
} from './schemas.ts'
import type { PersonFilter } from './user-list.repository.ts'
import { listPeople, type Person, readIdentities, readPerson } from './user-list.ts'

/** People: list, read, flags, groups and grants. Requests were checked against their schemas before. */
export function peopleRoutes(deps: AdminDeps): AdminRoute[] {
  const { databases, users } = deps
  return [
    {
      method: 'GET',
      path: '/users',
      permissions: ['accounts.view_user'],
      summary: 'People, by id; with search those whose email, username or name begins with a text',
      query: personQuery,
      answer: personPage,
      handler: request =>
        listPeople(databases.replica, users, { limit: defaultLimit, ...(request.query as Partial<PersonFilter>) }),
    },
    {
      method: 'GET',
      path: '/users/:id',
      permissions: ['accounts.view_user'],
      summary: 'A person with their groups and permissions; the profile is not shown',
      params: idParams,
      answer: personSchema,
      handler: request => read(deps, request),
    },
    {
      method: 'GET',
      path: '/users/:id/identities',
      permissions: ['accounts.view_user'],
      summary: 'The Auth0 identities of a person, the one that they were made with first',
      params: idParams,
      answer: identityList,
      handler: async request => ({ items: await readIdentities(databases.primary, idOf(request)) }),
    },
    ...flagRoutes(deps),
    ...grantRoutes(deps),
  ]
}

function flagRoutes(deps: AdminDeps): AdminRoute[] {
  const { grants, sessions } = deps
  const setFlags = (wanted: (request: FastifyRequest) => Partial<Flags>) => async (request: FastifyRequest) => {
    await grants.setFlags(idOf(request), wanted(request), authorityOf(request))
    return await read(deps, request)
  }
  const shared = { permissions: ['accounts.change_user'], params: idParams, answer: personSchema } as const
  return [
    {
      ...shared,
      method: 'PATCH',
      path: '/users/:id',
      summary: 'Set flags of a person',
      body: flagsBody,
      handler: setFlags(request => request.body as Partial<Flags>),
    },
    {
      ...shared,
      method: 'POST',
      path: '/users/:id/deactivate',
      summary: 'Refuse a person from now on',
      handler: setFlags(() => ({ is_active: false })),
    },
    {
      ...shared,
      method: 'POST',
      path: '/users/:id/reactivate',
      summary: 'Let a person in again',
      handler: setFlags(() => ({ is_active: true })),
    },
    {
      ...shared,
      method: 'POST',
      path: '/users/:id/sign-out',
      summary: 'Refuse the access tokens and end the sessions that a person has',
      handler: async request => {
        const [userId, actor] = [idOf(request), authorityOf(request)]
        await grants.edit(userId, actor, async trx => {
          await signOutWithin(trx, userId, deps.now(), actor)
          await sessions.endWithin(trx, { userId }, actor)
        })
        return await read(deps, request)
      },
    },
  ]
}

function grantRoutes({ grants, groups }: AdminDeps): AdminRoute[] {
  const permissions = ['accounts.grant_permission'] as const
  return [
    {
      method: 'PUT',
      path: '/users/:id/permissions/:permission',
      permissions,
      summary: 'Grant a permission that you hold yourself',
      params: grantParams,
      handler: request => grants.grant(idOf(request), param(request, 'permission'), authorityOf(request)),
    },
    {
      method: 'DELETE',
      path: '/users/:id/permissions/:permission',
      permissions,
      summary: 'Take a permission back',
      params: grantParams,
      handler: request => grants.revoke(idOf(request), param(request, 'permission'), authorityOf(request)),
    },
    {
      method: 'PUT',
      path: '/users/:id/groups/:group',
      permissions,
      summary: 'Put a person into a group; you must hold all that the group grants',
      params: memberParams,
      handler: request => groups.addMember(param(request, 'group'), idOf(request), authorityOf(request)),
    },
    {
      method: 'DELETE',
      path: '/users/:id/groups/:group',
      permissions,
      summary: 'Take a person out of a group',
      params: memberParams,
      handler: request => groups.removeMember(param(request, 'group'), idOf(request), authorityOf(request)),
    },
  ]
}

function read({ databases, groups }: AdminDeps, request: FastifyRequest): Promise<Person> {
  return readPerson(databases.primary, groups, idOf(request))
}
