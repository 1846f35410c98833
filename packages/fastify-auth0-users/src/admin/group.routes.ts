import type { FastifyRequest } from 'fastify'
import type { AdminDeps } from './deps.ts'
import { type AdminRoute, authorityOf, idOf } from './route.ts'
import { defaultLimit, groupBody, groupPage, groupQuery, groupSchema, idParams, permissionsBody } from './schemas.ts'

/** Groups and what they grant. Requests were checked against their schemas before. */
export function groupRoutes({ groups }: AdminDeps): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/groups',
      permissions: ['accounts.view_group'],
      summary: 'Groups, by name',
      query: groupQuery,
      answer: groupPage,
      handler: request =>
        groups.list({ limit: defaultLimit, ...(request.query as { after?: string; limit?: number }) }),
    },
    {
      method: 'POST',
      path: '/groups',
      permissions: ['accounts.add_group'],
      summary: 'Make a group, without permissions',
      body: groupBody,
      answer: groupSchema,
      handler: request => groups.create(nameOf(request), authorityOf(request)),
    },
    {
      method: 'GET',
      path: '/groups/:id',
      permissions: ['accounts.view_group'],
      summary: 'A group',
      params: idParams,
      answer: groupSchema,
      handler: request => groups.read(idOf(request)),
    },
    {
      method: 'PATCH',
      path: '/groups/:id',
      permissions: ['accounts.change_group'],
      summary: 'Rename a group',
      params: idParams,
      body: groupBody,
      answer: groupSchema,
      handler: request => groups.rename(idOf(request), nameOf(request), authorityOf(request)),
    },
    {
      method: 'PUT',
      path: '/groups/:id/permissions',
      permissions: ['accounts.change_group', 'accounts.grant_permission'],
      summary: 'Replace what a group grants; you must hold all that is new',
      params: idParams,
      body: permissionsBody,
      answer: groupSchema,
      handler: request => {
        const { permissions } = request.body as { readonly permissions: readonly string[] }
        return groups.setPermissions(idOf(request), permissions, authorityOf(request))
      },
    },
    {
      method: 'DELETE',
      path: '/groups/:id',
      permissions: ['accounts.delete_group'],
      summary: 'Delete a group; its members lose what it granted',
      params: idParams,
      handler: request => groups.remove(idOf(request), authorityOf(request)),
    },
  ]
}

function nameOf(request: FastifyRequest): string {
  return (request.body as { readonly name: string }).name
}
