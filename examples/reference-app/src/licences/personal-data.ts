/** What the app's export, erasure and merges do with licences. */
export { endAllOf, moveLicences, selectForExport } from './licences.repository.ts'
