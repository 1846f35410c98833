import { Auth0Client } from '@auth0/auth0-spa-js'
import { ApiError } from './api-error.ts'
import type { Config } from './types.ts'

/** What travels through a sign-in, kept in this browser by the SDK, and comes back with it. */
export interface AppState {
  /** Where the person wanted to go. */
  readonly returnTo?: string
  /** Names the registration whose data wait in the session storage. */
  readonly registration?: string
  /** Consents that were given in the registration form. */
  readonly consents?: readonly { readonly purpose: string; readonly version: string }[]
}

export interface StartOptions {
  readonly appState?: AppState
  /** Goes straight to a social provider, by the name of its connection. */
  readonly connection?: string
  /** Opens the page for new accounts, with this address filled in. */
  readonly signUp?: { readonly email: string }
  /** Asks again although a user is signed in. */
  readonly anew?: boolean
}

/** The identity provider, through its SDK. Tokens are kept in memory only. */
export interface SignIn {
  /** Leaves the page. */
  start(options?: StartOptions): Promise<void>
  /** At the callback: takes the answer of the provider. Throws what the provider says went wrong. */
  finish(): Promise<AppState>
  /** Whether a user was signed in at this browser's last visit: a guess, for what is shown before `resume` resolves. */
  wasSignedIn(): boolean
  /** After a load of the page: whether the user is still signed in at the provider. */
  resume(): Promise<boolean>
  /** An access token for the API, renewed when it is about to expire. Throws `ApiError`: 401 when no user is signed in. */
  token(): Promise<string>
  /** Leaves the page, and ends the session at the provider too. */
  end(returnTo?: string): Promise<void>
}

/** @param callback path of the page that the provider sends people back to. */
export function createSignIn({ domain, client_id: clientId, audience }: Config, callback: string): SignIn {
  const authorizationParams = {
    audience,
    scope: 'openid profile email',
    redirect_uri: `${location.origin}${callback}`,
  }
  const client = new Auth0Client({ domain, clientId, cacheLocation: 'memory', authorizationParams })
  return {
    start: ({ appState = {}, connection, signUp, anew = false } = {}) =>
      client.loginWithRedirect<AppState>({
        appState,
        authorizationParams: {
          ...(connection === undefined ? {} : { connection }),
          ...(signUp === undefined ? {} : { screen_hint: 'signup', login_hint: signUp.email }),
          // With a new account too: its form data must not be saved for a user who is still signed in there.
          ...(anew || signUp !== undefined ? { prompt: 'login' as const } : {}),
        },
      }),
    finish: async () => (await client.handleRedirectCallback<AppState>()).appState ?? {},
    // The SDK's own mark, by which it saves visitors the silent sign-in.
    wasSignedIn: () => document.cookie.includes(`auth0.${clientId}.is.authenticated=true`),
    resume: async () => {
      await client.checkSession()
      return await client.isAuthenticated()
    },
    token: async () => (await client.getTokenSilently().catch(explain)) ?? '',
    end: (returnTo = location.origin) => client.logout({ logoutParams: { returnTo } }),
  }
}

/** What the provider responds when it would have to ask the user something (OpenID Connect Core §3.1.2.6). */
const needsThePerson = ['login_required', 'consent_required', 'interaction_required', 'missing_refresh_token']

function explain(error: unknown): never {
  const code = error instanceof Error && 'error' in error ? String(error.error) : ''
  if (needsThePerson.includes(code)) throw new ApiError(401, 'SIGNED_OUT', 'Your sign-in has ended.')
  throw new ApiError(0, 'PROVIDER', 'The sign-in service does not answer. Are you online?')
}
