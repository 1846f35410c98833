import type { FastifyReply } from 'fastify'
import { Auth0UsersError, type CatalogueEntry, catalogue } from '../errors.ts'

/** Builds `WWW-Authenticate` (RFC 6750 §3, RFC 9449 §7.1) for a refusal. */
export interface Challenger {
  /** Adds the challenge to the error's headers and to the reply, so that it survives a host's own error handler. */
  add(error: unknown, reply: FastifyReply | null): void
}

/** Algorithms of DPoP proofs, as the challenge and the metadata name them. */
export const dpopAlgorithms: readonly string[] = ['ES256', 'RS256', 'PS256', 'EdDSA']

/**
 * @param realm the API's name, usually its audience.
 * @param schemes the schemes that access tokens may come in here.
 * @param metadataUrl where clients learn how to get a token (RFC 9728 §5.1); null where it is not published.
 */
export function createChallenger(
  realm: string,
  schemes: readonly ('Bearer' | 'DPoP')[],
  metadataUrl: string | null,
): Challenger {
  const common = [`realm="${quotable(realm)}"`]
  if (metadataUrl !== null) common.push(`resource_metadata="${quotable(metadataUrl)}"`)

  function challenge(error: Auth0UsersError): string | undefined {
    const entry = catalogue[error.code]
    if (entry.challenge === undefined) return undefined
    const offered = entry.challenge === 'invalid_dpop_proof' ? (['DPoP'] as const) : schemes
    // The error belongs to the first scheme; a further one is only offered (RFC 9449 §7.1). What a client has to ask for
    // next is said in each of them, because a client reads the one that it uses.
    const told = error.challenge ?? {}
    const isTold = (index: number): boolean => index === 0 || error.challenge !== undefined
    return offered.map((scheme, at) => `${scheme} ${attributes(scheme, isTold(at) ? entry : null, told)}`).join(', ')
  }

  function attributes(
    scheme: 'Bearer' | 'DPoP',
    entry: CatalogueEntry | null,
    told: Readonly<Record<string, string>>,
  ): string {
    const list = [...common]
    if (entry?.challenge != null) {
      list.push(`error="${entry.challenge}"`, `error_description="${quotable(entry.message)}"`)
    }
    for (const [name, value] of Object.entries(told)) list.push(`${name}="${quotable(value)}"`)
    if (scheme === 'DPoP') list.push(`algs="${dpopAlgorithms.join(' ')}"`)
    return list.join(', ')
  }

  return {
    add(error, reply) {
      if (!(error instanceof Auth0UsersError)) return
      const value = challenge(error)
      if (value !== undefined) error.headers['www-authenticate'] = value
      for (const [name, header] of Object.entries(error.headers)) reply?.header(name, header)
    },
  }
}

/** The characters of a quoted-string that RFC 6750 allows in its attributes. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '')
}
