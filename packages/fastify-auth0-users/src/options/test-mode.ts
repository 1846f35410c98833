import type { Fault } from '../errors.ts'

/** The fewest bytes of a secret that signs tokens. */
const minSecretBytes = 32

/** Whether test modes may be used: `NODE_ENV` says so. Unset counts as production, and so does every other value. */
export function isTestMode(environment: string | undefined): boolean {
  return environment === 'test' || environment === 'development'
}

/** The fault of a host that names a test mode elsewhere. */
const refusal =
  'is refused in production: set NODE_ENV to test or development, where it is (unset counts as production)'

/**
 * Adds a fault for each test mode that is named where none is allowed, and for a secret that is too short. No fault
 * repeats a secret.
 *
 * @param named the options that are named, by whether they are.
 */
export function checkTestModes(
  named: Readonly<Record<string, boolean>>,
  secret: string | undefined,
  faults: Fault[],
): void {
  const refused = isTestMode(process.env['NODE_ENV']) ? [] : Object.keys(named).filter(field => named[field] === true)
  for (const field of refused) faults.push({ field, message: refusal })
  if (secret !== undefined && Buffer.byteLength(secret) < minSecretBytes) {
    faults.push({ field: 'test.secret', message: `must be ${minSecretBytes} bytes or more (not shown)` })
  }
}
