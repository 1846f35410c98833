/** An application that may ask for tokens. Without a secret it is a public one (a browser), which uses PKCE. */
export interface Client {
  readonly id: string
  readonly secret?: string
}

/** What the stand-in needs to know of itself. */
export interface Settings {
  /** As in `iss`: scheme, host, port and one trailing slash. Known once the server listens. */
  issuer(): string
  /** The API that tokens are for; `audience` of a request must be it, or absent. */
  readonly audience: string
  readonly clients: readonly Client[]
  /** What namespaced claims start with, as an Auth0 Action would name them. */
  readonly claimNamespace: string
  /** Milliseconds since the epoch. */
  now(): number
}

/** Seconds. */
export const lifetimes = {
  accessToken: 24 * 60 * 60,
  idToken: 10 * 60 * 60,
  code: 60,
  /** From the sign-in page's display to the answer of the person. */
  transaction: 30 * 60,
  session: 24 * 60 * 60,
  refreshToken: 30 * 24 * 60 * 60,
  logoutToken: 2 * 60,
} as const

/** How many of each are remembered; the oldest is forgotten first. */
export const bounds = { codes: 1000, transactions: 1000, sessions: 1000, refreshTokens: 1000 } as const

/** The reference app's web front end: a public client. */
export const webClient: Client = { id: 'reference-app-web' }

/** A machine that calls the API. The secret is no secret: it is printed here for everyone to use. */
export const machineClient: Client = { id: 'reference-app-machine', secret: 'not-a-secret' }

export const defaultAudience = 'https://api.reference-app.example'
export const claimNamespace = 'https://reference-app.example/'
