import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyPluginAsync } from 'fastify'
import { ById, PageQuery, Problem } from '../common/schema.ts'
import {
  AccessRequest,
  AccessRequestPage,
  Approval,
  NewAccessRequest,
  Refusal,
  StaffAccessRequest,
  StaffAccessRequestPage,
  StaffRequestQuery,
} from './access-request.schema.ts'
import type { AccessRequests } from './access-requests.service.ts'

interface Options {
  readonly requests: AccessRequests
}

const tags = ['store']
const faults = { 404: Problem, 409: Problem }

/** Below `/api/v1/store/access-requests`: asking, for people. */
export const accessRequestRoutes: FastifyPluginAsync<Options> = async (scope, { requests }) => {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  const ask = {
    tags,
    summary: 'Ask for a licence',
    body: NewAccessRequest,
    response: { 201: AccessRequest, ...faults },
  }
  app.post('/', { schema: ask }, async (request, reply) =>
    reply.code(201).send(await requests.ask(request.getUser().id, request.body)),
  )

  const mine = { tags, summary: 'My requests', querystring: PageQuery, response: { 200: AccessRequestPage } }
  app.get('/mine', { schema: mine }, request => requests.mine(request.getUser().id, request.query))

  const withdraw = {
    tags,
    summary: 'Take back a pending request',
    params: ById,
    response: { 200: AccessRequest, ...faults },
  }
  app.post('/:id/withdraw', { schema: withdraw }, request => requests.withdraw(request.getUser().id, request.params.id))
}

/** The same prefix: deciding, for staff. */
export const decisionRoutes: FastifyPluginAsync<Options> = async (scope, { requests }) => {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()
  const view = { auth: { permissions: 'store.view_accessrequest' } } as const
  const decide = { auth: { permissions: 'store.change_accessrequest' } } as const
  const decided = { 200: StaffAccessRequest, ...faults }

  const list = {
    tags,
    summary: 'Requests of everybody',
    querystring: StaffRequestQuery,
    response: { 200: StaffAccessRequestPage },
  }
  app.get('/', { config: view, schema: list }, request => requests.list(request.query))

  const approve = {
    tags,
    summary: 'Approve a request, which grants the licence',
    params: ById,
    body: Approval,
    response: decided,
  }
  app.post('/:id/approve', { config: decide, schema: approve, preValidation: bodyOrEmpty }, request =>
    requests.approve(request.getUser().id, request.params.id, request.body.days),
  )

  const refuse = { tags, summary: 'Refuse a request', params: ById, body: Refusal, response: decided }
  app.post('/:id/refuse', { config: decide, schema: refuse }, request =>
    requests.refuse(request.getUser().id, request.params.id, request.body.reason),
  )
}

/** `POST` without a body means: with the defaults. */
async function bodyOrEmpty(request: { body: unknown }): Promise<void> {
  request.body ??= {}
}
