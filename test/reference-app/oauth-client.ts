import { createHash, randomBytes } from 'node:crypto'

/** What a single-page app does at an OAuth server, with plain HTTP requests. */
export interface OAuthClient {
  readonly verifier: string
  readonly redirectUri: string
  /** Query of a right authorization request, for tests to spoil. */
  authorizeUrl(overrides?: Readonly<Record<string, string | undefined>>): string
  /** GET without following redirects. */
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  postForm(path: string, form: Readonly<Record<string, string>>): Promise<Response>
  /** Walks through the email form; answers the redirect to the app and the session cookie. */
  signIn(email: string, overrides?: Readonly<Record<string, string | undefined>>): Promise<SignedIn>
  /** Redeems a code. */
  redeem(code: string, overrides?: Readonly<Record<string, string>>): Promise<Response>
}

export interface SignedIn {
  readonly location: URL
  readonly code: string
  readonly cookie: string
}

export function createOAuthClient(issuer: string): OAuthClient {
  const verifier = randomBytes(32).toString('base64url')
  const redirectUri = 'http://localhost:3000/callback?from=sign-in'
  const right = {
    response_type: 'code',
    client_id: 'reference-app-web',
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    state: 'state & <more>',
    nonce: 'a-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const client: OAuthClient = {
    verifier,
    redirectUri,
    authorizeUrl: (overrides = {}) => `${issuer}authorize?${query({ ...right, ...overrides })}`,
    get: (url, headers = {}) => fetch(url, { redirect: 'manual', headers }),
    postForm: (path, form) =>
      fetch(`${issuer}${path}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) }),
    signIn: async (email, overrides) => {
      const page = await client.get(client.authorizeUrl(overrides))
      const response = await client.postForm('sign-in/email', { transaction: transactionOf(await page.text()), email })
      return signedIn(response)
    },
    redeem: (code, overrides = {}) =>
      client.postForm('oauth/token', {
        grant_type: 'authorization_code',
        client_id: 'reference-app-web',
        code,
        code_verifier: verifier,
        redirect_uri: redirectUri,
        ...overrides,
      }),
  }
  return client
}

export function signedIn(response: Response): SignedIn {
  const location = new URL(response.headers.get('location') ?? '')
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  return { location, code: location.searchParams.get('code') ?? '', cookie }
}

/** The hidden field of a sign-in page. */
export function transactionOf(page: string): string {
  return /name="transaction" value="([\w-]{43})"/.exec(page)?.[1] ?? ''
}

function query(parameters: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new URLSearchParams(given)
}
