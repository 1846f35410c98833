import type { FetchLike, LocksLike, StorageLike } from './types.ts'

/** The globals of a page, without the DOM's types. Reading a storage throws where it is blocked. */
interface Page {
  readonly sessionStorage: StorageLike
  readonly localStorage: StorageLike
  readonly navigator?: { readonly locks?: LocksLike }
  readonly crypto: { randomUUID(): string }
  readonly fetch: FetchLike
}

export const page: Page = globalThis as unknown as Page

type Failed<Reason> = { readonly status: 'failed'; readonly reason: Reason }

export const failed = <const Reason>(reason: Reason): Failed<Reason> => ({ status: 'failed', reason })
