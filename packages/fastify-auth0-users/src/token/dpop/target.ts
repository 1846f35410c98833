/**
 * Whether `htu` names the request's target (RFC 9449 §4.3): without query and fragment, after the
 * syntax-based and scheme-based normalisation of RFC 3986 §6.2.2 and §6.2.3. Untrusted.
 */
export function sameTarget(htu: unknown, url: string): boolean {
  if (typeof htu !== 'string') return false
  const stated = target(htu)
  return stated !== null && stated === target(url)
}

/** The URL parser lower-cases scheme and host, drops default ports and resolves dot segments. */
function target(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  if (url.username !== '' || url.password !== '') return null
  return url.origin + url.pathname.replace(/%[0-9a-f]{2}/gi, normaliseEscape)
}

/** Escapes of unreserved characters are the same as the characters; the others are written in upper case. */
function normaliseEscape(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase()
}
