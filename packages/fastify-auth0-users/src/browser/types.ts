/** A JSON value (RFC 8259); a property that is `undefined` is left out. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined
}

/** What the registration form collected, in the names of the profile API. Never a password. */
export interface PendingData {
  readonly first_name?: string | undefined
  readonly last_name?: string | undefined
  /** Merged into the stored profile one level deep, for instance `{ phone, title }`. */
  readonly profile_data?: JsonObject | undefined
}

/** The part of `Storage` that is used, so that any store of strings can stand in. */
export interface StorageLike {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** The part of the Web Locks API (`navigator.locks`) that is used. */
export interface LocksLike {
  request(name: string, options: { ifAvailable: true }, work: (lock: unknown) => unknown): Promise<unknown>
}

/** The part of `fetch` that is used. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string; signal: AbortSignal },
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>

/** Where pending data are kept, and by which clock. */
export interface StorageOptions {
  /** Opens the store [the page's `sessionStorage`]; a function, because access to a blocked one throws. */
  readonly storage?: (() => StorageLike) | undefined
  /** Milliseconds since the epoch [`Date.now`]. */
  readonly now?: (() => number) | undefined
}

/** Options of `savePending`. */
export interface SaveOptions extends StorageOptions {
  /** The value of this sign-in, hard to guess and used once [a random one]. */
  readonly state?: string | undefined
}

/** Whose pending data are taken. */
export interface TakeOptions extends StorageOptions {
  /** The value that came back with the sign-in; undefined after a sign-in without a registration. */
  readonly state: string | undefined
  /** Keeps tabs apart [`navigator.locks`: secure contexts only]. */
  readonly locks?: LocksLike | undefined
}

/** What `completeRegistration` needs. */
export interface CompleteOptions extends TakeOptions {
  /** The access token of the person who signed in. */
  readonly token: string
  /** Sends the request [the page's `fetch`]. */
  readonly fetch?: FetchLike | undefined
  /** Where the profile is [`/api/v1/accounts/users/profile/`]. */
  readonly url?: string | undefined
  /** Waits so many seconds before the next attempt [a timer]. */
  readonly wait?: ((seconds: number) => Promise<unknown>) | undefined
}

/** The store or the Web Locks API is blocked, full or missing. */
export interface Unavailable {
  readonly status: 'failed'
  readonly reason: 'unavailable'
}

/** What `savePending` returns; it never throws. */
export type SaveResult =
  | { readonly status: 'saved'; readonly state: string }
  /** Nothing was stored: the property of this name, at any depth, looks like a password or holds no JSON. */
  | { readonly status: 'refused'; readonly field: string }
  | Unavailable

/** `nothing`: none was saved for this `state`, it was applied before, or another tab is at it. */
export type Absent = { readonly status: 'nothing' } | { readonly status: 'expired' } | Unavailable

/** Pending data that were found. */
export interface Taken {
  readonly status: 'taken'
  readonly data: PendingData
  /** To be called once, whatever happens: true deletes the data, false keeps them; either lets other tabs on. */
  done(saved: boolean): void
}

/** What `takePending` returns; it never throws. */
export type TakeResult = Taken | Absent

/** The data are kept until they expire, so that it can be tried again with the same `state`. */
export interface SendFailure {
  readonly status: 'failed'
  /** `network`: no response; `server`: 5xx; `rejected`: any other response, which is not tried again. */
  readonly reason: 'network' | 'server' | 'rejected'
  /** The status of the last response; absent without one. */
  readonly httpStatus?: number
  /** The server's message; empty where its response holds none, absent without a response. */
  readonly message?: string
}

/** What `completeRegistration` resolves to; it never rejects. */
export type RegistrationResult = { readonly status: 'saved' } | Absent | SendFailure
