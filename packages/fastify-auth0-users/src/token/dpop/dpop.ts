import { createHash } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, errors, jwtVerify } from 'jose'
import { Auth0UsersError } from '../../errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { isObject, type JsonObject, own } from '../../lib/json.ts'
import { createReplayWindow } from './replay.ts'
import type { DpopReplay } from './shared-replay.ts'
import { sameTarget } from './target.ts'

/** Durations in seconds. */
export interface DpopOptions {
  /** Milliseconds since the epoch. */
  readonly now: Clock
  /** How far the client's clock may differ. */
  readonly clockTolerance: number
  /** How old a proof may be [60]. */
  readonly maxAge: number
  /** How many proofs are remembered in this process; a tenth of them for one client key. */
  readonly replayCapacity: number
  /** Where processes tell each other of used proofs; null for none. */
  readonly replay: DpopReplay | null
  readonly log: FastifyBaseLogger
}

/** The request that a proof must have been made for. */
export interface DpopRequest {
  readonly method: string
  /** Absolute, as the client addressed it; query and fragment do not count. */
  readonly url: string
  readonly accessToken: string
  /** The thumbprint that the access token is bound to (`cnf.jkt`). */
  readonly jkt: string
}

/** Checks proofs of possession (RFC 9449 §4.3). */
export interface Dpop {
  /**
   * `proof` is the value of the DPoP header, or all its values. Rejects with `A0U_DPOP_PROOF` unless it
   * is exactly one valid proof for this request, and with `A0U_DPOP_REPLAYED` when it was used before.
   */
  check(proof: string | readonly string[] | undefined, request: DpopRequest): Promise<void>
}

const maxProofLength = 8192
const maxIdLength = 1024
const algorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519']

export function createDpop(options: DpopOptions): Dpop {
  const { now, clockTolerance, maxAge } = options
  const replays = createReplayWindow({
    now,
    log: options.log,
    capacity: options.replayCapacity,
    // A proof may be dated `clockTolerance` ahead and is accepted until `maxAge + clockTolerance` after its date.
    window: (maxAge + 2 * clockTolerance) * 1000,
    replay: options.replay,
  })

  async function check(proof: string | readonly string[] | undefined, request: DpopRequest): Promise<void> {
    const text = single(proof)
    // Before the signature, so that only the bound client can make us verify with a key of its choice.
    if ((await thumbprint(text)) !== request.jkt) throw refuse('jkt')
    const claims = await verifyProof(text, now(), clockTolerance)
    checkTime(own(claims, 'iat'))
    if (own(claims, 'htm') !== request.method) throw refuse('htm')
    if (!sameTarget(own(claims, 'htu'), request.url)) throw refuse('htu')
    if (own(claims, 'ath') !== sha256(request.accessToken)) throw refuse('ath')
    const jti = own(claims, 'jti')
    if (typeof jti !== 'string' || jti === '' || jti.length > maxIdLength) throw refuse('jti')
    // Last of all, so that only proofs that would be accepted take up memory.
    await replays.use(request.jkt, sha256(`${request.jkt}.${jti}`))
  }

  function checkTime(iat: unknown): void {
    // A number, which `jose` sees to, or absent; NaN lies within no bounds.
    const age = now() / 1000 - Number(iat)
    if (!(age <= maxAge + clockTolerance && age >= -clockTolerance)) throw refuse('iat')
  }

  return { check }
}

function single(proof: string | readonly string[] | undefined): string {
  const values = typeof proof === 'string' ? [proof] : (proof ?? [])
  const [value] = values
  if (value === undefined || values.length > 1 || value.length > maxProofLength) throw refuse('one proof is needed')
  return value
}

/** The thumbprint (RFC 7638) of the key that the proof's header holds. */
async function thumbprint(proof: string): Promise<string> {
  try {
    const { jwk } = decodeProtectedHeader(proof)
    if (!isObject(jwk)) throw refuse('jwk')
    return await calculateJwkThumbprint(jwk, 'sha256')
  } catch (error) {
    throw refusal(error)
  }
}

/** `jose` checks form, `typ`, algorithm, that the key is public and fits, `crit`, and the signature. */
async function verifyProof(proof: string, now: number, clockTolerance: number): Promise<JsonObject> {
  try {
    const rules = { typ: 'dpop+jwt', algorithms, currentDate: new Date(now), clockTolerance }
    return (await jwtVerify(proof, EmbeddedJWK, rules)).payload
  } catch (error) {
    throw refusal(error)
  }
}

/** jose's messages may quote the proof; its codes do not. */
function refusal(error: unknown): Auth0UsersError {
  if (error instanceof Auth0UsersError) return error
  return refuse(error instanceof errors.JOSEError ? error.code : 'proof')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function refuse(reason: string): Auth0UsersError {
  return new Auth0UsersError('A0U_DPOP_PROOF', { cause: new Error(`DPoP: ${reason}`) })
}
