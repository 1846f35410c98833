/** What the app's export, erasure and merges do with requests for assets. */
export { eraseOf, moveRequests, selectForExport } from './access-requests.repository.ts'
