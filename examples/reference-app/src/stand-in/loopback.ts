/** The only hosts that the stand-in listens on, is reached by, and sends anybody back to. */
const loopbackHosts = new Set(['localhost', '127.0.0.1', '::1', '[::1]'])

export function isLoopbackHost(host: string): boolean {
  return loopbackHosts.has(host.toLowerCase())
}

/** The URL, if it is an http(s) one on this machine, without user, password or fragment; otherwise undefined. */
export function parseLoopbackUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  if (url.username !== '' || url.password !== '' || text.includes('#')) return undefined
  return isLoopbackHost(url.hostname) ? url : undefined
}

/** Whether a `Host` header names this machine; refusing others defeats DNS rebinding. */
export function isLoopbackAuthority(authority: string | undefined): boolean {
  return authority !== undefined && parseLoopbackUrl(`http://${authority}`) !== undefined
}
