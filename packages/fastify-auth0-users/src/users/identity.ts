import type { MappedFields } from '../claims/mapping.ts'
import type { HookOrigin } from './hooks.ts'

/** A verified identity, before a row is known. */
export interface Identity {
  /** The `sub`, exactly as signed. */
  readonly subject: string
  /** What the token says about the person. */
  readonly fields: MappedFields
  /** When the token was issued. */
  readonly issuedAt: Date
}

/** The request that brought an identity, for hooks and the audit trail. */
export interface Origin extends HookOrigin {
  /** The authentication method. */
  readonly method: string
  /**
   * The access token that was verified, to be shown to its issuer only; a function, so that it is never logged with the
   * rest, and not passed on to hooks. Absent where there was no token, or one that is bound to a key.
   */
  readonly accessToken?: () => string
}

/** Adds what another source knows about an identity; resolves to it unchanged where there is nothing. Never rejects. */
export type Complete = (identity: Identity, origin: Origin) => Promise<Identity>
