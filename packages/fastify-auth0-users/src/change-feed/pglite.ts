import type { ChangeFeed } from './feed.ts'

/** What is used of a `PGlite`. */
export interface PgliteListener {
  listen(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>
  readonly closed: boolean
}

/** The change feed for PGlite, which runs in this process and loses no notification while it is open. */
export function pgliteChangeFeed(pglite: PgliteListener): ChangeFeed {
  return {
    async listen(channel, handlers) {
      let ended = false
      const unlisten = await pglite.listen(channel, payload => {
        if (!ended) handlers.onPayload(payload)
      })
      handlers.onUp()
      return async () => {
        ended = true
        if (!pglite.closed) await unlisten()
      }
    },
  }
}
