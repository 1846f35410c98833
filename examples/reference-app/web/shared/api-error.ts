/** A request that was refused or got no answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0 without an answer. */
  readonly status: number
  /** Stable, for instance `A0U_BODY_INVALID`; '' when the answer has none. */
  readonly code: string
  /** What is wrong with each field, by its name in the body, for instance `profile_data.phone`. */
  readonly faults: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, faults: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.faults = faults
  }
}

/** The error of an answer, whose body may be anything (a proxy's page too). */
export async function readError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined)
  const { code, message, faults } = isObject(body) ? body : {}
  return new ApiError(
    response.status,
    typeof code === 'string' ? code : '',
    typeof message === 'string' && message !== '' ? message : `The server answered with status ${response.status}.`,
    readFaults(faults),
  )
}

function readFaults(faults: unknown): Readonly<Record<string, string>> {
  if (!Array.isArray(faults)) return {}
  const pairs = faults.filter(isObject).map(({ field, message }) => [String(field), String(message)])
  return Object.fromEntries(pairs)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

const sentences: Readonly<Record<string, string>> = {
  A0U_USER_INACTIVE: 'Your account is not active. Ask the operator of this store.',
  A0U_PERMISSION_DENIED: 'You may not do this.',
  A0U_STAFF_REQUIRED: 'This is for staff only.',
  A0U_BODY_INVALID: 'Something in the form does not fit. Please look at the marked fields.',
  A0U_CONSENT_REQUIRED: 'One of these details needs your consent first.',
  A0U_PRECONDITION_FAILED: 'This was changed elsewhere in the meantime. Load the page again to see it.',
  A0U_DATABASE_UNAVAILABLE: 'The store cannot reach its database right now. Please try again in a moment.',
  A0U_KEYS_UNAVAILABLE: 'The sign-in service cannot be reached right now. Please try again in a moment.',
}

/** The sentence to show for an error: ours for a known code, the server's otherwise. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : 'Something went wrong.'
  const known = sentences[error.code]
  if (known !== undefined) return known
  if (error.status === 401) return 'Your sign-in has ended. Please sign in again.'
  if (error.status === 429) return 'That was a lot at once. Please wait a moment.'
  if (error.status >= 500) return 'Something went wrong on our side. Please try again in a moment.'
  return /[.!?]$/.test(error.message) ? error.message : `${error.message}.`
}
