import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import { Asset, AssetChanges, AssetPage, AssetQuery, NewAsset } from '../assets/asset.schema.ts'
import type { Assets } from '../assets/assets.service.ts'
import { ById, Nullable, Problem } from '../common/schema.ts'
import type { Licences } from '../licences/licences.service.ts'
import { Licence } from '../licences/schema.ts'
import { AccessRequest } from './access-request.schema.ts'
import type { AccessRequests } from './access-requests.service.ts'
import type { Withdrawals } from './withdrawal.ts'

export interface AssetRoutesOptions {
  readonly assets: Assets
  readonly requests: AccessRequests
  readonly licences: Licences
  readonly withdrawals: Withdrawals
}

const AssetDetail = Type.Composite([
  Asset,
  Type.Object({ my_request: Nullable(AccessRequest), my_licence: Nullable(Licence) }),
])

const tags = ['store']

/** The model permissions of the method: `store.add_asset` for POST and so on. */
const byModel = { auth: { model: 'store.asset' } } as const

/** Below `/api/v1/store/assets`: what is offered. Everybody who is signed in reads, staff with the permission write. */
export const assetRoutes: FastifyPluginAsync<AssetRoutesOptions> = async (
  scope,
  { assets, requests, licences, withdrawals },
) => {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  const list = { tags, summary: 'Assets, newest first', querystring: AssetQuery, response: { 200: AssetPage } }
  app.get('/', { schema: list }, request => assets.list(request.query))

  const detail = {
    tags,
    summary: 'One asset, with my newest request and my licence for it',
    params: ById,
    response: { 200: AssetDetail, 404: Problem },
  }
  app.get('/:id', { schema: detail }, async request => {
    const { id: userId } = request.getUser()
    const asset = await assets.get(request.params.id)
    const [my_request, my_licence] = await Promise.all([
      requests.latestFor(userId, asset.id),
      licences.longestFor(userId, asset.id),
    ])
    return { ...asset, my_request, my_licence }
  })

  const add = { tags, summary: 'Offer an asset', body: NewAsset, response: { 201: Asset } }
  app.post('/', { config: byModel, schema: add }, async (request, reply) =>
    reply.code(201).send(await assets.add(request.body)),
  )

  const change = {
    tags,
    summary: 'Change an asset',
    params: ById,
    body: AssetChanges,
    response: { 200: Asset, 404: Problem },
  }
  app.patch('/:id', { config: byModel, schema: change }, request => assets.change(request.params.id, request.body))

  const withdraw = {
    tags,
    summary: 'Take an asset out of the store',
    description: 'What was asked for it is refused; licences stay.',
    params: ById,
    response: { 204: Type.Null(), 404: Problem },
  }
  app.delete('/:id', { config: byModel, schema: withdraw }, async (request, reply) => {
    await withdrawals.withdraw(request.params.id, request.getUser().id)
    return reply.code(204).send(null)
  })
}
