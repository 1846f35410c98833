import { isStorable } from './json.ts'
import { failed, page } from './page.ts'
import type { LocksLike, PendingData, SaveOptions, SaveResult, StorageLike, TakeOptions, TakeResult } from './types.ts'

const key = 'a0u.pending'

/** For sign-ins that end in another tab, such as an emailed link: the data outlive this tab, for 30 minutes too. */
export const newTabStorage = (): StorageLike => page.localStorage

const tabStorage = (): StorageLike => page.sessionStorage

/**
 * Keeps what a registration form collected, for the 30 minutes that the sign-in may take. A later
 * registration in the same store replaces it. Never throws.
 *
 * @returns the `state` to send through the sign-in, for instance in Auth0's `appState`.
 */
export function savePending(data: PendingData, options: SaveOptions = {}): SaveResult {
  const { storage = tabStorage, now = Date.now } = options
  let field = ''
  try {
    const state = options.state || page.crypto.randomUUID()
    const text = JSON.stringify({ state, at: now(), data }, (name, value) => {
      field = name
      if (!isStorable(name, value)) throw new Error()
      return value
    })
    field = ''
    storage().setItem(key, text)
    return { status: 'saved', state }
  } catch {
    return field ? { status: 'refused', field } : failed('unavailable')
  }
}

/**
 * Takes the data that were saved for this sign-in, and keeps other tabs from taking them until
 * `done` is called or this tab goes away. An expired record, and one that is not ours, is removed. Never throws.
 */
export function takePending({
  state,
  storage = tabStorage,
  now = Date.now,
  locks = page.navigator?.locks,
}: TakeOptions): Promise<TakeResult> {
  return new Promise<TakeResult>((resolve, reject) => {
    const work = (lock: unknown) =>
      new Promise<void>(release => {
        const store = storage()
        const text = store.getItem(key)
        const record = parse(text)
        // 30 minutes either way: a clock that was set back must not keep a record for much longer.
        const fresh = Math.abs(now() - record.at) < 1_800_000
        if (!fresh) store.removeItem(key)
        const mine = lock && state && record.state === state
        if (!mine || !fresh) {
          release()
          return resolve({ status: mine ? 'expired' : 'nothing' })
        }
        const done = (saved: boolean) => {
          if (!saved) return release()
          forget(store, text)
          // The change may reach another tab a little later than the end of the lock.
          setTimeout(release, 1000)
        }
        resolve({ status: 'taken', data: record.data, done })
      })
    // Missing locks throw here, and so reject as blocked ones do.
    ;(locks as LocksLike).request(key + state, { ifAvailable: true }, work).catch(reject)
  }).catch(() => failed('unavailable'))
}

interface Stored {
  readonly state: string
  /** When it was saved, in milliseconds since the epoch. */
  readonly at: number
  readonly data: PendingData
}

/** A record that is not ours gives an object without its fields. */
const parse = (text: string | null): Stored => {
  try {
    return Object(JSON.parse(text as string))
  } catch {
    return {} as Stored
  }
}

const forget = (store: StorageLike, text: string | null): void => {
  try {
    // A later registration may have taken the place of this one.
    if (store.getItem(key) === text) store.removeItem(key)
  } catch {
    // Blocked since: what stays is bound to its state, and expires.
  }
}
