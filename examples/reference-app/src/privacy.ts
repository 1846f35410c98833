import type { PrivacyOptions } from 'fastify-auth0-users'
import { consents } from './consents.ts'
import type { Databases } from './databases/databases.ts'
import { deleteMessages, selectMessages } from './jobs/outbox.repository.ts'
import { endAllOf, selectForExport as selectLicences } from './licences/licences.repository.ts'
import { selectForExport as selectRuns } from './qa-crawler/runs.repository.ts'
import { eraseOf, selectForExport as selectRequests } from './store/access-requests.repository.ts'

/**
 * What this app itself holds on a person: part of their export, and erased with them. Requests and
 * licences stay as facts about assets, without a word that the person wrote.
 */
export function privacyOptions(databases: Databases): PrivacyOptions {
  return {
    consents: consents.map(({ purpose }) => purpose),
    export: {
      access_requests: selectRequests,
      licences: selectLicences,
      messages: selectMessages,
      // In another database, hence not of the very same moment.
      qa_crawler_runs: (_trx, userId) => selectRuns(databases.qa_crawler, userId),
    },
    erase: {
      store: async (trx, userId, extent) => {
        await eraseOf(trx, userId)
        await deleteMessages(trx, userId)
        if (extent === 'person') await endAllOf(trx, userId)
      },
    },
  }
}
