import type { Fault } from '../errors.ts'

/** Hosts that plain `http` is accepted for, as `URL.hostname` writes them. */
export const loopback: RegExp = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * The issuer of a domain, as Auth0 writes `iss`: `https://`, lower-case host, one trailing slash. The
 * domain may carry a scheme; plain `http` is for loopback hosts only, so that tests need no certificate.
 *
 * @param field the option's name, for the fault that is added when the domain is unusable.
 */
export function normaliseIssuer(domain: string, field: string, faults: Fault[]): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(domain) ? domain : `https://${domain}`
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !isOnlyHost(url) || /\s/.test(domain)) {
    faults.push({ field, message: 'must be a host name such as tenant.eu.auth0.com, without path or query' })
    return ''
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.test(url.hostname))) {
    faults.push({ field, message: 'must use https; plain http is accepted for loopback hosts only' })
  }
  return `${url.protocol}//${url.host}/`
}

function isOnlyHost({ username, password, pathname, search, hash }: URL): boolean {
  return [username, password, pathname, search, hash].join('') === '/'
}
