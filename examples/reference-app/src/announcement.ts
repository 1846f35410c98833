export interface Started {
  /** Without trailing slash, for instance `http://localhost:3000`. */
  readonly url: string
  readonly database: string
  readonly auth: string
  readonly token: string | undefined
}

/** What a person reads after the start: where everything is, and a first command to type. */
export function announcement({ url, database, auth, token }: Started): string {
  const lines = [
    'The reference app of fastify-auth0-users is running.',
    '',
    `  API            ${url}`,
    `  Documentation  ${url}/documentation`,
    `  Database       ${database}`,
    `  Sign-in        ${auth}`,
    '',
    ...examples(`${url}/api/v1/accounts/users/profile/`, token),
    '',
    'Ctrl-C stops it.',
  ]
  return `\n${lines.join('\n')}\n\n`
}

function examples(profile: string, token: string | undefined): string[] {
  const credentials =
    token === undefined ? '-H "Authorization: Bearer $ACCESS_TOKEN"' : `-H 'Authorization: Bearer ${token}'`
  const json = "-H 'Content-Type: application/json'"
  const body = `'{"profile_data":{"phone":"+965 0000 0000"}}'`
  return [
    token === undefined
      ? "Try it with an access token of your tenant (Auth0's dashboard: Applications, APIs, Test):"
      : 'Try it (the token is valid for 24 hours):',
    '',
    `curl -i ${profile} ${credentials}`,
    '',
    `curl -i -X PUT ${profile} ${credentials} ${json} -d ${body}`,
  ]
}
