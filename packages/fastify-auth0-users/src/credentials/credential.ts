/** What authentication knows of an API token or a session. Times in milliseconds since the epoch. */
export interface Credential {
  readonly id: string
  readonly userId: string
  /** The owner's Auth0 identity. */
  readonly subject: string
  /** Null: not limited. */
  readonly scopes: ReadonlySet<string> | null
  readonly createdAt: number
  /** Infinity: never. */
  readonly expiresAt: number
  readonly revoked: boolean
  /** When it was used last, as far as the database knows; 0 for never. */
  readonly usedAt: number
}
