import type { MappedFields } from '../claims/mapping.ts'
import type { HookOrigin } from './hooks.ts'

/** A verified person at the door, before a row is known. */
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
}
