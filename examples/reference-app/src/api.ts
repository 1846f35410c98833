import type { FastifyInstance } from 'fastify'
import { createAssets } from './assets/assets.service.ts'
import { previewRoutes } from './assets/preview.routes.ts'
import type { Databases } from './databases/databases.ts'
import { campaignRoutes } from './digital-pr/campaigns.routes.ts'
import { createCampaigns } from './digital-pr/campaigns.service.ts'
import type { Queue } from './jobs/queue.ts'
import { licenceRoutes } from './licences/licences.routes.ts'
import { createLicences } from './licences/licences.service.ts'
import { platformRoutes } from './platform/platform.routes.ts'
import { createPlatform } from './platform/platform.service.ts'
import { runRoutes } from './qa-crawler/runs.routes.ts'
import { createRuns } from './qa-crawler/runs.service.ts'
import { staffRoutes } from './staff/staff.routes.ts'
import { accessRequestRoutes, decisionRoutes } from './store/access-requests.routes.ts'
import { createAccessRequests } from './store/access-requests.service.ts'
import { assetRoutes } from './store/assets.routes.ts'
import { createWithdrawals } from './store/withdrawal.ts'

export interface ApiOptions {
  readonly databases: Databases
  readonly queue: Queue
  /** `host:port` of what the crawler may visit. */
  readonly crawlerHosts: readonly string[]
}

/** The business: each feature's service, and its routes below `/api/v1`. */
export async function registerApi(app: FastifyInstance, { databases, queue, crawlerHosts }: ApiOptions): Promise<void> {
  const { default: db, qa_crawler } = databases
  const { jobs } = queue
  const assets = createAssets(db, jobs)
  const requests = createAccessRequests(db, jobs)
  const licences = createLicences(db)
  const withdrawals = createWithdrawals(db, jobs)
  const runs = createRuns({ db: qa_crawler, jobs, hosts: crawlerHosts })

  await app.register(previewRoutes, { prefix: '/api/v1/store/assets', assets })
  await app.register(platformRoutes, { prefix: '/api/v1/platform/assets', platform: createPlatform(databases, jobs) })
  // The rest is for people in a browser: no machine, and no API token, whatever its owner may do.
  await app.register(async people => {
    people.auth0Users.defaults(people, { principal: 'user', methods: ['jwt', 'session'] })
    await people.register(assetRoutes, { prefix: '/api/v1/store/assets', assets, requests, licences, withdrawals })
    await people.register(accessRequestRoutes, { prefix: '/api/v1/store/access-requests', requests })
    await people.register(decisionRoutes, { prefix: '/api/v1/store/access-requests', requests })
    await people.register(licenceRoutes, { prefix: '/api/v1/store/licences', licences })
    await people.register(runRoutes, { prefix: '/api/v1/qa-crawler/runs', runs })
    await people.register(campaignRoutes, { prefix: '/api/v1/digital-pr/campaigns', campaigns: createCampaigns(db) })
    await people.register(staffRoutes, { prefix: '/api/v1/staff', db, retry: queue.retry })
  })
}
