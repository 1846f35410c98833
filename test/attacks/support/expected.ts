import type { Test } from 'tap'
import type { Answer } from './http.ts'
import type { Target } from './target.ts'

/** What each refusal must look like: its status and the `error` of its challenge (RFC 6750 §3.1); null for none. */
const refusals = {
  A0U_CREDENTIALS_MISSING: [401, null],
  A0U_METHOD_NOT_ACCEPTED: [401, null],
  A0U_AUTHORIZATION_MALFORMED: [400, 'invalid_request'],
  A0U_TOKEN_TOO_LARGE: [401, 'invalid_token'],
  A0U_TOKEN_MALFORMED: [401, 'invalid_token'],
  A0U_TOKEN_ENCRYPTED: [401, 'invalid_token'],
  A0U_TOKEN_ALGORITHM: [401, 'invalid_token'],
  A0U_TOKEN_TYPE: [401, 'invalid_token'],
  A0U_TOKEN_CRITICAL_HEADER: [401, 'invalid_token'],
  A0U_TOKEN_KEY_ID: [401, 'invalid_token'],
  A0U_TOKEN_KEY_UNKNOWN: [401, 'invalid_token'],
  A0U_TOKEN_SIGNATURE: [401, 'invalid_token'],
  A0U_TOKEN_EXPIRED: [401, 'invalid_token'],
  A0U_TOKEN_NOT_YET_VALID: [401, 'invalid_token'],
  A0U_TOKEN_ISSUER: [401, 'invalid_token'],
  A0U_TOKEN_AUDIENCE: [401, 'invalid_token'],
  A0U_TOKEN_CLAIMS: [401, 'invalid_token'],
  A0U_TOKEN_SUBJECT: [401, 'invalid_token'],
  A0U_TOKEN_BOUND: [401, 'invalid_token'],
  A0U_TOKEN_REVOKED: [401, 'invalid_token'],
  A0U_DPOP_REQUIRED: [401, 'invalid_token'],
  A0U_DPOP_PROOF: [401, 'invalid_dpop_proof'],
  A0U_DPOP_REPLAYED: [401, 'invalid_dpop_proof'],
} as const

export type Refusal = keyof typeof refusals

/** A refusal by its code, `accepted` (200), or the bare status where Node refuses before the plugin is asked. */
export type Outcome = Refusal | 'accepted' | 400 | 431

/** Every credential that this test file sent, whole. */
const credentials = new Set<string>()

/** Adds a credential to what neither an answer nor a log may repeat. */
export function remember(credential: string): void {
  credentials.add(credential)
}

interface Observed {
  readonly status: number
  readonly code: string | undefined
  /** Scheme and `error` of the challenge that comes first. */
  readonly challenge: string | undefined
  readonly rowsWritten: boolean
  readonly repeatsTheToken: boolean
}

/** Sends a request and compares all that can be seen of its outcome, the database included. */
export async function expectOutcome(
  t: Test,
  target: Target,
  name: string,
  expected: Outcome,
  work: () => Promise<Answer>,
): Promise<void> {
  const before = await target.rows()
  const answer = await work()
  const rowsWritten = (await target.rows()) !== before
  t.strictSame(observe(answer, rowsWritten), describe(expected, target.scheme), name)
}

function observe({ status, code, headers, text }: Answer, rowsWritten: boolean): Observed {
  const offered = headers['www-authenticate']
  const repeatsTheToken = [...pieces()].some(piece => text.includes(piece) || offered?.includes(piece))
  return { status, code, challenge: offered === undefined ? undefined : firstOf(offered), rowsWritten, repeatsTheToken }
}

/** `Bearer invalid_token` of `Bearer realm="…", error="invalid_token", …, DPoP …`; the realm must be there. */
function firstOf(offered: string): string {
  const [, scheme, rest = ''] = /^(Bearer|DPoP) realm="https:\/\/api\.example\.test"(.*)$/.exec(offered) ?? []
  const [, error, description] = /^, error="([a-z_]+)"(?:, error_description="([^"]+)")?/.exec(rest) ?? []
  return [scheme ?? offered, ...(error === undefined ? [] : [error, description ? 'described' : 'undescribed'])].join(
    ' ',
  )
}

function describe(expected: Outcome, offered: Target['scheme']): Observed {
  const quiet = { rowsWritten: false, repeatsTheToken: false }
  if (expected === 'accepted')
    return { status: 200, code: undefined, challenge: undefined, ...quiet, rowsWritten: true }
  if (typeof expected === 'number') return { status: expected, code: undefined, challenge: undefined, ...quiet }
  const [status, error] = refusals[expected]
  const scheme = error === 'invalid_dpop_proof' ? 'DPoP' : offered
  return { status, code: expected, challenge: error === null ? scheme : `${scheme} ${error} described`, ...quiet }
}

/** Segments of the credentials, long enough that nothing else can look like them. */
function* pieces(): Generator<string> {
  for (const credential of credentials) {
    for (const segment of credential.split('.')) if (segment.length >= 24) yield segment
  }
}

/** What no log may hold: the tokens, any JSON in base64url, and the claims of the people in these tests. */
const personal = /eyJ[A-Za-z0-9_-]{8}|@example\.test|auth0\||Localname|PRIVATE KEY/

/** The last test of a file: what was logged in the whole of it. */
export function expectQuietLogs(t: Test, targets: readonly Target[]): void {
  const lines = targets.flatMap(({ logs }) => logs)
  t.ok(
    lines.some(line => line.includes('A0U_')),
    'refusals were logged at all',
  )
  t.strictSame(
    lines.filter(line => personal.test(line)),
    [],
    'no claim and no encoded JSON',
  )
  const text = lines.join('')
  t.strictSame(
    [...pieces()].filter(piece => text.includes(piece)),
    [],
    'no piece of any token',
  )
}
