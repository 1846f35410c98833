export interface Started {
  /** Without trailing slash, for instance `http://localhost:3000`. */
  readonly url: string
  readonly database: string
  readonly auth: string
  readonly token: string | undefined
  /** Of a demonstration that was filled just now. */
  readonly platformToken: string | undefined
  readonly standIn: boolean
}

/** What a person reads after the start: where everything is, what to do next, and a first command to type. */
export function announcement(started: Started): string {
  const { url, database, auth, token, platformToken, standIn } = started
  const lines = [
    'The reference app of fastify-auth0-users is running.',
    '',
    `  Store          ${url}`,
    `  Administration ${url}/admin`,
    `  API            ${url}`,
    `  Documentation  ${url}/documentation`,
    `  Database       ${database}`,
    `  Sign-in        ${auth}`,
    '',
    ...(standIn ? nextSteps(url) : []),
    ...examples(`${url}/api/v1/accounts/users/profile/`, token),
    '',
    ...(platformToken === undefined ? [] : platformExample(url, platformToken)),
    'Ctrl-C stops it.',
  ]
  return `\n${lines.join('\n')}\n\n`
}

function nextSteps(url: string): string[] {
  return [
    `Open ${url} and register, or continue with Google or GitHub as one of the invented people:`,
    '',
    '  Ada Okafor (Google)       administers everything',
    '  Mei Tanaka (Google)       decides on requests for licences',
    '  Noor Aziz (GitHub)        asks for licences',
    '  Tomás Ferreira (GitHub)   runs the crawler and the campaigns',
    '',
  ]
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

function platformExample(url: string, token: string): string[] {
  return [
    'As a platform (this token is shown once, at the start that made the demonstration data):',
    '',
    `curl ${url}/api/v1/platform/assets -H 'Authorization: Token ${token}'`,
    '',
  ]
}
