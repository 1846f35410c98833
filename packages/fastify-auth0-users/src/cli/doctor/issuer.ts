import type { Fault } from '../../errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { normaliseIssuer } from '../../token/issuer.ts'
import { usableKeys } from '../../token/keys/jwk.ts'
import { fetchJwks } from '../../token/keys/jwks-fetch.ts'
import { errorText } from '../error-text.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'

/** Milliseconds that the issuer may take. */
const timeout = 10_000

/** The default of the option `clockTolerance`, in seconds, and the second that an HTTP date leaves out. */
const tolerance = 5 + 1

/** Whether the issuer responds, with usable keys and by the same clock. */
export async function checkIssuer(domain: string | undefined, now: Clock): Promise<Check[]> {
  const issuer = domain === undefined ? undefined : issuerOf(domain)
  if (typeof issuer !== 'string') {
    const message = issuer?.message ?? 'is not set'
    const remedy = 'set AUTH_DOMAIN to the domain of your tenant, such as tenant.eu.auth0.com'
    const rest = ['discovery', 'keys', 'clock'].map(name => skipped(name, 'needs an issuer'))
    return [failed('issuer', `AUTH_DOMAIN ${message}`, remedy), ...rest]
  }
  return [ok('issuer', `the issuer is ${issuer}`), ...(await checkDiscovery(issuer, now)), await checkKeys(issuer)]
}

function issuerOf(domain: string): string | Fault {
  const faults: Fault[] = []
  const issuer = normaliseIssuer(domain, 'AUTH_DOMAIN', faults)
  return faults[0] ?? issuer
}

async function checkDiscovery(issuer: string, now: Clock): Promise<Check[]> {
  const url = `${issuer}.well-known/openid-configuration`
  const remedy = `open ${url} from this machine: a mistyped domain, a proxy or a firewall is the usual find`
  const asked = now()
  let response: Response
  try {
    response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeout) })
  } catch (error) {
    const message = `the issuer cannot be reached: ${reason(error)}`
    return [failed('discovery', message, remedy), skipped('clock', 'needs a response of the issuer')]
  }
  const clock = checkClock(response.headers.get('date'), (asked + now()) / 2)
  return [await readDiscovery(response, issuer, remedy), clock]
}

async function readDiscovery(response: Response, issuer: string, remedy: string): Promise<Check> {
  if (response.status !== 200) {
    await response.body?.cancel()
    return failed('discovery', `the issuer responded ${response.status}`, remedy)
  }
  try {
    const named = ((await response.json()) as { readonly issuer?: unknown } | null)?.issuer
    if (named === issuer) return ok('discovery', 'the issuer describes itself')
    const custom = 'set AUTH_DOMAIN to the domain that tokens name in iss; with a custom domain it is that one'
    return failed('discovery', `the issuer calls itself ${JSON.stringify(named)?.slice(0, 200)}`, custom)
  } catch {
    return failed('discovery', 'the issuer responded without JSON', remedy)
  }
}

function checkClock(date: string | null, at: number): Check {
  const server = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(server)) return skipped('clock', 'the issuer sent no date')
  const skew = Math.round((at - server) / 1000)
  const message = `this clock is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} the issuer's`
  if (Math.abs(skew) <= 2) return ok('clock', message)
  const remedy = 'synchronise the clock of this machine (NTP)'
  return Math.abs(skew) <= tolerance ? warning('clock', message, remedy) : failed('clock', message, remedy)
}

async function checkKeys(issuer: string): Promise<Check> {
  const url = `${issuer}.well-known/jwks.json`
  const remedy = `open ${url} from this machine: it must return the key set of the tenant`
  try {
    const { keys, refused, conflicts } = usableKeys(await fetchJwks(url, AbortSignal.timeout(timeout)))
    if (keys.size === 0) {
      return failed(
        'keys',
        `none of the ${refused + conflicts.length} keys is usable`,
        'the tenant must sign with RS256 and keys of 2048 bits or more',
      )
    }
    if (conflicts.length > 0) return warning('keys', `${conflicts.length} key ids belong to two keys`, remedy)
    return ok('keys', `${keys.size} usable ${keys.size === 1 ? 'key' : 'keys'}, ${refused} of another kind`)
  } catch (error) {
    return failed('keys', `the key set cannot be fetched: ${reason(error)}`, remedy)
  }
}

/** `fetch` says what happened in its cause. */
function reason(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return errorText(inner)
}
