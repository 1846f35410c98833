import { Auth0UsersError } from '../errors.ts'
import type { AdminDeps } from './deps.ts'
import { type AdminRoute, authorityOf, idOf, param } from './route.ts'
import {
  auditPage,
  auditQuery,
  catalogueSchema,
  credentialParams,
  defaultLimit,
  idParams,
  sessionList,
  tokenList,
} from './schemas.ts'
import type { TrailFilter } from './trail.repository.ts'
import { listTrail } from './trail.ts'

/** The catalogue and the audit trail. Requests were checked against their schemas before. */
export function recordRoutes({ databases, catalogue }: AdminDeps): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/permissions',
      permissions: ['accounts.view_permission'],
      summary: 'Every permission that exists',
      answer: catalogueSchema,
      handler: async () => ({ items: [...catalogue].sort() }),
    },
    {
      method: 'GET',
      path: '/audit',
      permissions: ['accounts.view_audit'],
      summary: 'What happened to all records, newest first',
      query: auditQuery,
      answer: auditPage,
      handler: request =>
        listTrail(databases.replica, { limit: defaultLimit, ...(request.query as Partial<TrailFilter>) }),
    },
  ]
}

/** API tokens and sessions of others. Their secrets are kept nowhere, so none is shown. */
export function credentialRoutes({ grants, tokens, sessions }: AdminDeps): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/users/:id/tokens',
      permissions: ['accounts.view_token'],
      summary: 'The API tokens of a person, newest first',
      params: idParams,
      answer: tokenList,
      handler: async request => ({ items: await tokens.list(idOf(request)) }),
    },
    {
      method: 'DELETE',
      path: '/users/:id/tokens/:credential',
      permissions: ['accounts.delete_token'],
      summary: 'Revoke an API token of a person',
      params: credentialParams,
      handler: async request => {
        const [userId, id, actor] = [idOf(request), param(request, 'credential'), authorityOf(request)]
        await grants.edit(userId, actor, async trx => {
          if (!(await tokens.revokeWithin(trx, id, { userId, actor })))
            throw new Auth0UsersError('A0U_CREDENTIAL_UNKNOWN')
        })
      },
    },
    {
      method: 'GET',
      path: '/users/:id/sessions',
      permissions: ['accounts.view_session'],
      summary: 'The sessions of a person that are going on, newest first',
      params: idParams,
      answer: sessionList,
      handler: async request => ({ items: await sessions.list(idOf(request)) }),
    },
    {
      method: 'DELETE',
      path: '/users/:id/sessions/:credential',
      permissions: ['accounts.delete_session'],
      summary: 'End a session of a person',
      params: credentialParams,
      handler: async request => {
        const [userId, id, actor] = [idOf(request), param(request, 'credential'), authorityOf(request)]
        const ended = await grants.edit(userId, actor, trx => sessions.endWithin(trx, { id, userId }, actor))
        if (ended.length === 0) throw new Auth0UsersError('A0U_CREDENTIAL_UNKNOWN')
      },
    },
  ]
}
