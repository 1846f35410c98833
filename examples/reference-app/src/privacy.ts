import type { PrivacyOptions } from 'fastify-auth0-users'
import { consents } from './consents.ts'
import type { Databases } from './databases/databases.ts'
import { endAllOf, selectForExport as selectLicences } from './licences/personal-data.ts'
import { deleteMessages, selectMessages } from './messages/personal-data.ts'
import { selectForExport as selectRuns } from './qa-crawler/personal-data.ts'
import { eraseOf, selectForExport as selectRequests } from './store/personal-data.ts'

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
