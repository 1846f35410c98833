const maxLength = 255

/**
 * Auth0's session id in the claims of a verified token. Auth0 lets no Action set `sid` itself, so one that copies
 * `event.session.id` gives it a name of the host's own, such as `https://acme.example/sid`.
 */
export function sidOf(claims: Readonly<Record<string, unknown>> | null): string | null {
  if (claims === null) return null
  const name = Object.keys(claims).find(key => key === 'sid' || /^https?:\/\/.+\/sid$/.test(key))
  const value = name === undefined ? undefined : claims[name]
  return typeof value === 'string' && value !== '' && value.length <= maxLength ? value : null
}
