import { errorCode, StartError } from './start-error.ts'

/** Seconds that a start waits for the tenant. */
const timeout = 5

/** What a look at a tenant's discovery document gave. */
type Finding = { readonly kind: 'fine' } | { readonly kind: 'away' | 'wrong'; readonly reason: string }

/**
 * Looks whether `domain` is a tenant, so that a typing error shows at the start and not as a 503 at
 * the first request. In production a tenant that is merely unreachable at the moment does not stop the start: the
 * returned sentence is for the log. Throws `StartError` otherwise.
 */
export async function checkTenant(domain: string, production: boolean): Promise<string | undefined> {
  const finding = await lookAt(domain)
  if (finding.kind === 'fine') return undefined
  const message = `AUTH_DOMAIN: ${domain} ${finding.reason}.`
  if (production && finding.kind === 'away') return `${message} Requests are answered 503 until it is there.`
  throw new StartError(
    `${message}\nSet AUTH_DOMAIN to the domain of your Auth0 tenant, for instance tenant.eu.auth0.com,\n` +
      'or leave AUTH_DOMAIN and AUTH_AUDIENCE out to use the local stand-in.',
  )
}

async function lookAt(domain: string): Promise<Finding> {
  try {
    const response = await fetch(`${domain}.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(timeout * 1000),
    })
    if (response.status >= 500) return { kind: 'away', reason: `responded with status ${response.status}` }
    const document: unknown = response.ok ? await response.json() : undefined
    if (!isObject(document) || typeof document['issuer'] !== 'string') {
      return { kind: 'wrong', reason: 'is not an Auth0 tenant: it has no OpenID configuration' }
    }
    if (document['issuer'] !== domain) return { kind: 'wrong', reason: 'says that it is another issuer' }
    return { kind: 'fine' }
  } catch (error) {
    if (error instanceof SyntaxError)
      return { kind: 'wrong', reason: 'is not an Auth0 tenant: its OpenID configuration is not JSON' }
    const unknown = errorCode(error) === 'ENOTFOUND'
    return {
      kind: unknown ? 'wrong' : 'away',
      reason: unknown ? 'is unknown to the name service' : 'cannot be reached',
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
