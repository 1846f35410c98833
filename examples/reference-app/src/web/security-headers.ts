/**
 * The headers of the HTML pages. Scripts, styles and pictures are the app's own and nothing is
 * inline; the one other origin is the identity provider's: its token endpoint, and the hidden frame
 * of a silent sign-in.
 *
 * @param authDomain URL of the identity provider, as in `iss`.
 */
export function pageHeaders(authDomain: string): Readonly<Record<string, string>> {
  const provider = new URL(authDomain).origin
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self' ${provider}`,
    `frame-src ${provider}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    // The file names of scripts and styles change with their content; that of the page does not.
    'cache-control': 'no-cache',
  }
}
