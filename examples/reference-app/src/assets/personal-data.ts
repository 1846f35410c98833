/** What a merge of two users does with assets. */
export { moveAssets } from './assets.repository.ts'
