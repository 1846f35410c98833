import type { ServeSettings } from '../serve-settings.ts'

/** Messages of the first process to a worker. */
export type ToWorker =
  | { readonly type: 'serve'; readonly settings: ServeSettings; readonly runsJobs: boolean }
  /** Take no new connections, answer those that there are, then end. */
  | { readonly type: 'drain' }
  /** End now: answer what was asked, and close. */
  | { readonly type: 'stop' }

/** Messages of a worker to the first process. */
export type ToPrimary =
  /** It listens to messages now; those before would be lost. */
  | { readonly type: 'ready' }
  | { readonly type: 'listening'; readonly url: string }
  /** It cannot serve. `advice` is for the person at the terminal. */
  | { readonly type: 'failed'; readonly advice: string | undefined; readonly message: string }
