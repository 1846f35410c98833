/**
 * The catalogue: every code this plugin responds with, its HTTP status and its public sentence.
 * Sentences are fixed text, so nothing from a token, a profile or a row can leak through them.
 * `challenge` is the `error` attribute of the `WWW-Authenticate` header (RFC 6750 §3.1); `null`
 * stands for a challenge without one (no credentials were sent).
 */
export interface CatalogueEntry {
  readonly status: number
  readonly message: string
  readonly challenge?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication'
    | 'invalid_dpop_proof'
    | null
}

const entries = {
  // set-up
  A0U_OPTIONS_INVALID: { status: 500, message: 'The options of fastify-auth0-users are invalid' },
  A0U_ROUTE_INVALID: { status: 500, message: "The route's auth declaration is invalid" },
  A0U_MIGRATION_REFUSED: { status: 500, message: 'The database cannot be migrated as it is' },

  // credentials
  A0U_CREDENTIALS_MISSING: { status: 401, message: 'Credentials are required', challenge: null },
  A0U_AUTHORIZATION_MALFORMED: {
    status: 400,
    message: 'The Authorization header is malformed',
    challenge: 'invalid_request',
  },
  A0U_METHOD_NOT_ACCEPTED: { status: 401, message: 'This way of signing in is not accepted here', challenge: null },

  // access token
  A0U_TOKEN_TOO_LARGE: { status: 401, message: 'The access token is too large', challenge: 'invalid_token' },
  A0U_TOKEN_MALFORMED: {
    status: 401,
    message: 'The access token is not a signed JWT in compact form',
    challenge: 'invalid_token',
  },
  A0U_TOKEN_ENCRYPTED: { status: 401, message: 'The access token is encrypted or nested', challenge: 'invalid_token' },
  A0U_TOKEN_ALGORITHM: {
    status: 401,
    message: 'The access token is signed with an algorithm that is not accepted',
    challenge: 'invalid_token',
  },
  A0U_TOKEN_TYPE: { status: 401, message: 'The token is not of an accepted type', challenge: 'invalid_token' },
  A0U_TOKEN_CRITICAL_HEADER: {
    status: 401,
    message: 'The access token demands an extension that is not supported',
    challenge: 'invalid_token',
  },
  A0U_TOKEN_KEY_ID: { status: 401, message: 'The access token names no usable key', challenge: 'invalid_token' },
  A0U_TOKEN_KEY_UNKNOWN: {
    status: 401,
    message: 'The key that signed the access token is unknown',
    challenge: 'invalid_token',
  },
  A0U_TOKEN_SIGNATURE: {
    status: 401,
    message: "The access token's signature does not verify",
    challenge: 'invalid_token',
  },
  A0U_TOKEN_EXPIRED: { status: 401, message: 'The access token has expired', challenge: 'invalid_token' },
  A0U_TOKEN_NOT_YET_VALID: { status: 401, message: 'The access token is not valid yet', challenge: 'invalid_token' },
  A0U_TOKEN_ISSUER: { status: 401, message: 'The access token comes from another issuer', challenge: 'invalid_token' },
  A0U_TOKEN_AUDIENCE: {
    status: 401,
    message: 'The access token is meant for another audience',
    challenge: 'invalid_token',
  },
  A0U_TOKEN_CLAIMS: {
    status: 401,
    message: 'The access token lacks a required claim or holds one of the wrong type',
    challenge: 'invalid_token',
  },
  A0U_TOKEN_SUBJECT: { status: 401, message: "The access token's subject is unusable", challenge: 'invalid_token' },
  A0U_TOKEN_BOUND: {
    status: 401,
    message: 'The access token is bound to a key and needs proof of possession',
    challenge: 'invalid_token',
  },
  A0U_TOKEN_REVOKED: {
    status: 401,
    message: 'The access token was issued before a sign-out',
    challenge: 'invalid_token',
  },
  A0U_DPOP_PROOF: {
    status: 401,
    message: 'The DPoP proof is missing or does not verify',
    challenge: 'invalid_dpop_proof',
  },
  A0U_DPOP_REPLAYED: { status: 401, message: 'The DPoP proof was used before', challenge: 'invalid_dpop_proof' },
  A0U_DPOP_BUSY: { status: 503, message: 'Too many DPoP proofs at the moment' },
  A0U_DPOP_REQUIRED: {
    status: 401,
    message: 'Access tokens must be bound to a key (DPoP) here',
    challenge: 'invalid_token',
  },

  // API tokens, sessions and Basic
  A0U_API_TOKEN_INVALID: { status: 401, message: 'The API token is not valid', challenge: null },
  A0U_API_TOKEN_EXPIRED: { status: 401, message: 'The API token has expired', challenge: null },
  A0U_API_TOKEN_REVOKED: { status: 401, message: 'The API token was revoked', challenge: null },
  A0U_API_TOKEN_LIMIT: { status: 409, message: 'There are too many API tokens already' },
  A0U_SESSION_INVALID: { status: 401, message: 'The session has ended', challenge: null },
  A0U_SESSION_EXPIRED: { status: 401, message: 'The session has expired', challenge: null },
  A0U_SESSION_CSRF: { status: 403, message: 'The request was not shown to come from this site' },
  A0U_BASIC_INVALID: { status: 401, message: 'The username or password is wrong', challenge: null },
  A0U_CREDENTIAL_UNKNOWN: { status: 404, message: 'The API token or session does not exist' },

  // authorization
  A0U_PERSON_REQUIRED: { status: 403, message: 'Only a person may do this' },
  A0U_PRINCIPAL_REFUSED: { status: 403, message: 'This kind of principal is not accepted here' },
  A0U_USER_UNKNOWN: { status: 403, message: 'No account exists for this identity' },
  A0U_USER_ERASED: { status: 403, message: 'This account was erased' },
  A0U_USER_INACTIVE: { status: 403, message: 'This account is inactive' },
  A0U_PERMISSION_DENIED: { status: 403, message: 'You lack the permission for this', challenge: 'insufficient_scope' },
  A0U_STAFF_REQUIRED: { status: 403, message: 'Only staff may do this', challenge: 'insufficient_scope' },
  A0U_SCOPE_REQUIRED: {
    status: 403,
    message: 'The access token lacks a scope that this needs',
    challenge: 'insufficient_scope',
  },
  A0U_STEP_UP_REQUIRED: {
    status: 401,
    message: 'A more recent or stronger sign-in is required',
    challenge: 'insufficient_user_authentication',
  },
  A0U_DELEGATED: { status: 403, message: 'Only the user may do this, not someone on their behalf' },
  A0U_PLATFORM_DELETE: { status: 403, message: 'Platform users may not delete' },
  A0U_ESCALATION: { status: 403, message: 'Your own rights do not reach so far' },

  // organizations
  A0U_ORGANIZATION_REQUIRED: { status: 403, message: 'This request belongs to no organization' },
  A0U_ORGANIZATION_REFUSED: { status: 403, message: 'The organization of this request is not accepted here' },
  A0U_ORGANIZATION_EXISTS: { status: 409, message: 'There is an organization of this name already' },
  A0U_LAST_OWNER: { status: 409, message: 'This is the last owner of the organization' },
  A0U_INVITATION_INVALID: { status: 404, message: 'The invitation does not exist or can no longer be accepted' },
  A0U_INVITATION_ADDRESS: { status: 403, message: 'The invitation is for another email address' },
  A0U_INVITATION_LIMIT: { status: 409, message: 'There are too many open invitations already' },

  // administration
  A0U_NOT_FOUND: { status: 404, message: 'The user or group does not exist' },
  A0U_GROUP_EXISTS: { status: 409, message: 'There is a group of this name already' },
  A0U_LAST_SUPERUSER: { status: 409, message: 'This is the last active superuser' },

  // users and profile
  A0U_EMAIL_CONFLICT: { status: 409, message: 'This email address belongs to another account' },
  A0U_IDENTITY_LAST: { status: 409, message: 'The only identity of an account cannot be taken away' },
  A0U_MERGE_REFUSED: { status: 409, message: 'These accounts cannot be made one' },
  A0U_BODY_INVALID: { status: 400, message: 'The request body is invalid' },
  A0U_QUERY_INVALID: { status: 400, message: 'The query of the URL is invalid' },
  A0U_HEADER_INVALID: { status: 400, message: 'A request header is invalid' },
  A0U_FIELD_READ_ONLY: { status: 400, message: 'The request tries to write a field that is read-only' },
  A0U_BODY_TOO_LARGE: { status: 413, message: 'The request body is too large' },
  A0U_PRECONDITION_FAILED: { status: 412, message: 'Someone else changed this in between' },
  A0U_CONSENT_REQUIRED: { status: 400, message: 'A field needs a consent that was not given' },
  A0U_PROFILE_INCOMPLETE: { status: 403, message: 'The profile must be completed first' },

  // what Auth0 pushes
  A0U_EVENT_CREDENTIALS: { status: 401, message: "The event receiver's secret is missing or wrong", challenge: null },
  A0U_EVENT_MALFORMED: { status: 400, message: 'The body holds no event or log record of Auth0' },
  A0U_EVENT_TIME: { status: 400, message: 'The event lies in the future' },
  A0U_LOGOUT_TOKEN_INVALID: { status: 400, message: 'The logout token does not verify' },
  A0U_LOGOUT_TOKEN_REPLAYED: { status: 400, message: 'The logout token was used before' },

  // outbox
  A0U_OUTBOX_INVALID: { status: 400, message: 'The arguments of the outbox are invalid' },
  A0U_OUTBOX_UNKNOWN: { status: 404, message: 'The subscription of the outbox does not exist' },

  // outages and hosts' hooks
  A0U_KEYS_UNAVAILABLE: { status: 503, message: 'The signing keys cannot be fetched at the moment' },
  A0U_DATABASE_UNAVAILABLE: { status: 503, message: 'The database cannot be reached at the moment' },
  A0U_DATABASE_FAILED: { status: 500, message: 'The database refused a statement' },
  A0U_HOOK_FAILED: { status: 500, message: 'A hook of this application failed' },
} as const

/** The stable codes. Clients may switch on them; they never change within a major version. */
export type ErrorCode = keyof typeof entries

export const catalogue: { readonly [Code in ErrorCode]: CatalogueEntry } = entries

/** One fault of a request body or of the options: where, and which rule was broken. */
export interface Fault {
  /** Dotted path of the field, for instance `profile_data.phone`. */
  readonly field: string
  /** What is wrong and what is allowed; never repeats the value that was sent. */
  readonly message: string
}

export interface ErrorDetails {
  /** What happened inside. Logged, never sent; must hold no token text, claims or email. */
  readonly cause?: unknown
  /** Seconds after which trying again makes sense; becomes `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfter?: number
  /** Field faults, sent to the client as `faults`. */
  readonly faults?: readonly Fault[]
  /** Public extras of this response, for instance `{ missing_fields: ['phone'] }`. */
  readonly extra?: Readonly<Record<string, unknown>>
  /** Attributes of the challenge beside `error`, for instance `{ scope: 'read:reports' }`. Our own configuration only. */
  readonly challenge?: Readonly<Record<string, string>>
}

/**
 * Every error of this plugin. Thrown, never sent, so the host's error handler sees it; Fastify's
 * default handler turns it into `{ statusCode, code, error, message }` with `headers` set.
 */
export class Auth0UsersError extends Error {
  override readonly name = 'Auth0UsersError'
  readonly code: ErrorCode
  readonly statusCode: number
  readonly faults: readonly Fault[] | undefined
  readonly extra: Readonly<Record<string, unknown>> | undefined
  /** Attributes of the challenge beside `error`: `scope`, `acr_values`, `max_age`. */
  readonly challenge: Readonly<Record<string, string>> | undefined
  /** Response headers: `retry-after` here; `http/` adds `www-authenticate`. */
  readonly headers: Record<string, string> = {}

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const { status, message } = catalogue[code]
    const faults = details.faults?.map(fault => `${fault.field}: ${fault.message}`).join('; ')
    const options = details.cause === undefined ? undefined : { cause: details.cause }
    super(faults ? `${message}: ${faults}` : message, options)
    this.code = code
    this.statusCode = status
    this.faults = details.faults
    this.extra = details.extra
    this.challenge = details.challenge
    if (details.retryAfter !== undefined)
      this.headers['retry-after'] = String(Math.max(1, Math.ceil(details.retryAfter)))
  }
}
