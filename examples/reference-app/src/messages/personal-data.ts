/** What the app's export, erasure and merges do with messages. */
export { deleteMessages, moveMessages, selectMessages } from './outbox.repository.ts'
