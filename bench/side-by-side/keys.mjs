import { createPublicKey } from 'node:crypto'

/** The issuer's key in PEM, for libraries that take a key rather than a URL. */
export async function publicKeyOf({ domain }) {
  const { keys } = await (await fetch(`${domain}/.well-known/jwks.json`)).json()
  return createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' })
}
