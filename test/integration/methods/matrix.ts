/*
 * Who may do what, as data for review. One row a person: their flags and what they were granted. The columns are
 * HTTP methods on a route that declares `model: 'store.asset'`. Every row holds for each of the four ways to
 * sign in: access token, API token, session and Basic.
 *
 *   yes       let in
 *   lacks     403 A0U_PERMISSION_DENIED
 *   platform  403 A0U_PLATFORM_DELETE
 *   inactive  403 A0U_USER_INACTIVE
 */
export const people = `
flags                        | grants | GET      HEAD     POST     PUT      PATCH    DELETE   PROPFIND OPTIONS
-                            | none   | lacks    lacks    lacks    lacks    lacks    lacks    lacks    lacks
-                            | view   | yes      yes      lacks    lacks    lacks    lacks    lacks    lacks
-                            | add    | lacks    lacks    yes      lacks    lacks    lacks    lacks    lacks
-                            | change | lacks    lacks    lacks    yes      yes      lacks    lacks    lacks
-                            | delete | lacks    lacks    lacks    lacks    lacks    yes      lacks    lacks
-                            | all    | yes      yes      yes      yes      yes      yes      lacks    lacks
-                            | group  | yes      yes      yes      yes      yes      yes      lacks    lacks
staff                        | none   | lacks    lacks    lacks    lacks    lacks    lacks    lacks    lacks
staff                        | view   | yes      yes      lacks    lacks    lacks    lacks    lacks    lacks
staff                        | delete | lacks    lacks    lacks    lacks    lacks    yes      lacks    lacks
staff                        | all    | yes      yes      yes      yes      yes      yes      lacks    lacks
superuser                    | none   | yes      yes      yes      yes      yes      yes      lacks    lacks
superuser                    | all    | yes      yes      yes      yes      yes      yes      lacks    lacks
staff superuser              | none   | yes      yes      yes      yes      yes      yes      lacks    lacks
platform                     | none   | lacks    lacks    lacks    lacks    lacks    platform lacks    lacks
platform                     | view   | yes      yes      lacks    lacks    lacks    platform lacks    lacks
platform                     | delete | lacks    lacks    lacks    lacks    lacks    platform lacks    lacks
platform                     | all    | yes      yes      yes      yes      yes      platform lacks    lacks
platform                     | group  | yes      yes      yes      yes      yes      platform lacks    lacks
platform staff               | all    | yes      yes      yes      yes      yes      platform lacks    lacks
platform superuser           | none   | yes      yes      yes      yes      yes      platform lacks    lacks
platform superuser           | all    | yes      yes      yes      yes      yes      platform lacks    lacks
platform superuser staff     | group  | yes      yes      yes      yes      yes      platform lacks    lacks
inactive                     | none   | inactive inactive inactive inactive inactive inactive inactive inactive
inactive                     | all    | inactive inactive inactive inactive inactive inactive inactive inactive
inactive                     | group  | inactive inactive inactive inactive inactive inactive inactive inactive
inactive staff               | all    | inactive inactive inactive inactive inactive inactive inactive inactive
inactive superuser           | none   | inactive inactive inactive inactive inactive inactive inactive inactive
inactive superuser           | all    | inactive inactive inactive inactive inactive inactive inactive inactive
inactive superuser platform  | all    | inactive inactive inactive inactive inactive inactive inactive inactive
`

/*
 * Those who are no person come with access tokens only, and hold what the claim that the host named says (here
 * `permissions`); `scope` grants nothing.
 */
export const others = `
principal | claims            | GET      HEAD     POST     PUT      PATCH    DELETE   PROPFIND OPTIONS
machine   | none              | lacks    lacks    lacks    lacks    lacks    lacks    lacks    lacks
machine   | permissions: view | yes      yes      lacks    lacks    lacks    lacks    lacks    lacks
machine   | permissions: all  | yes      yes      yes      yes      yes      yes      lacks    lacks
machine   | scope: all        | lacks    lacks    lacks    lacks    lacks    lacks    lacks    lacks
anonymous | none              | lacks    lacks    lacks    lacks    lacks    lacks    lacks    lacks
anonymous | permissions: view | yes      yes      lacks    lacks    lacks    lacks    lacks    lacks
anonymous | scope: all        | lacks    lacks    lacks    lacks    lacks    lacks    lacks    lacks
`

/* API tokens of a person who was granted everything, and of a superuser, by what the token is limited to. */
export const scoped = `
flags     | scopes | GET      HEAD     POST     PUT      PATCH    DELETE   PROPFIND OPTIONS
-         | view   | yes      yes      lacks    lacks    lacks    lacks    lacks    lacks
-         | delete | lacks    lacks    lacks    lacks    lacks    yes      lacks    lacks
-         | none   | lacks    lacks    lacks    lacks    lacks    lacks    lacks    lacks
superuser | view   | yes      yes      lacks    lacks    lacks    lacks    lacks    lacks
superuser | none   | lacks    lacks    lacks    lacks    lacks    lacks    lacks    lacks
platform  | delete | lacks    lacks    lacks    lacks    lacks    platform lacks    lacks
`

/* Credentials that should not work, on a route that asks for nothing but a signed-in person. */
export const refused: Readonly<Record<string, string>> = {
  'nothing at all': 'A0U_CREDENTIALS_MISSING',
  'an access token that expired': 'A0U_TOKEN_EXPIRED',
  'an access token from before signing out everywhere': 'A0U_TOKEN_REVOKED',
  'an access token with another signature': 'A0U_TOKEN_SIGNATURE',
  'an API token that expired': 'A0U_API_TOKEN_EXPIRED',
  'an API token that was revoked': 'A0U_API_TOKEN_REVOKED',
  'an API token that was mistyped': 'A0U_API_TOKEN_INVALID',
  'an API token of somebody else’s installation': 'A0U_API_TOKEN_INVALID',
  'a session that expired': 'A0U_SESSION_EXPIRED',
  'a session after signing out': 'A0U_SESSION_INVALID',
  'a session after back-channel logout': 'A0U_SESSION_INVALID',
  'a session from before signing out everywhere': 'A0U_SESSION_INVALID',
  'a session that nobody was given': 'A0U_SESSION_INVALID',
  'a write with a session but without its CSRF token': 'A0U_SESSION_CSRF',
  'a wrong password': 'A0U_BASIC_INVALID',
  'an unknown username': 'A0U_BASIC_INVALID',
}

export const codes: Readonly<Record<string, readonly [status: number, code: string | null]>> = {
  yes: [200, null],
  lacks: [403, 'A0U_PERMISSION_DENIED'],
  platform: [403, 'A0U_PLATFORM_DELETE'],
  inactive: [403, 'A0U_USER_INACTIVE'],
}

export interface Row {
  readonly first: string
  readonly second: string
  /** By HTTP method. */
  readonly expected: Readonly<Record<string, string>>
}

export function readTable(text: string): Row[] {
  const [head = '', ...lines] = text.trim().split('\n')
  const methods = head.split('|')[2]?.trim().split(/ +/) ?? []
  return lines.map(line => {
    const [first = '', second = '', answers = ''] = line.split('|').map(cell => cell.trim())
    const cells = answers.split(/ +/)
    if (cells.length !== methods.length) throw new Error(`the row "${line}" has ${cells.length} answers`)
    return { first, second, expected: Object.fromEntries(methods.map((method, at) => [method, cells[at] ?? ''])) }
  })
}
