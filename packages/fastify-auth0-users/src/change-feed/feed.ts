/**
 * How the database's notifications reach this process: `pgChangeFeed`, `pgliteChangeFeed`, or a host's
 * own adapter on `LISTEN`.
 */
export interface ChangeFeed {
  /**
   * Starts listening on a channel (lower-case letters, digits and `_`) and keeps at it: a lost
   * connection is the adapter's to replace. Resolves without waiting for a connection.
   *
   * @returns ends it, and everything that was opened for it.
   */
  listen(channel: string, handlers: ChangeHandlers): Promise<() => Promise<void>>
}

/** What an adapter tells; never before `listen` was called, nor after it was ended. */
export interface ChangeHandlers {
  /** A notification on the channel. */
  onPayload(payload: string): void
  /** From now on every notification arrives. */
  onUp(): void
  /**
   * Notifications may be missed from now on, or from `silence` seconds ago [0], when the connection was
   * last known to work. May be reported again for each attempt that fails.
   */
  onDown(error: unknown, silence?: number): void
}

/** `none`: no feed was given; `down`: it is not connected, or not yet proven to work. */
export type FeedState = 'none' | 'up' | 'down'

/** What a payload says: these people, everybody, or nothing about people. */
export type Change = { readonly kind: 'users'; readonly ids: readonly string[] } | { readonly kind: 'all' | 'probe' }

const probe = 'probe '

/** The payload by which a process finds out whether notifications of its own database reach it. */
export const probePayload = (nonce: string): string => probe + nonce

const ids = /^[0-9a-f-]{36}(,[0-9a-f-]{36})*$/

/** A payload of an unknown form counts as a change of everybody: it may come from newer triggers. */
export function parsePayload(payload: string): Change {
  if (ids.test(payload)) return { kind: 'users', ids: payload.split(',') }
  return { kind: payload.startsWith(probe) ? 'probe' : 'all' }
}
