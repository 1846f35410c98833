import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import { Auth0UsersError, type ErrorCode } from '../errors.ts'
import { isObject, type JsonObject } from '../lib/json.ts'

/** Checks a token's signature and returns its payload. Throws `A0U_TOKEN_*`. */
export type VerifySignature = (raw: string) => JsonObject

/** The key a verifier is made for, and the only algorithm it accepts with it. */
export type VerifierKey =
  | { readonly algorithm: 'RS256'; readonly pem: string }
  | { readonly algorithm: 'HS256'; readonly secret: string }

const namespace = 'auth0Users'

/**
 * Makes a verifier for one key: a registration of @fastify/jwt in an instance of its own, so that it
 * meets no registration of the host. Only the verifier of a registration with a fixed key keeps its
 * `KeyObject`; asking with the key as an argument would parse the PEM at each call.
 */
export async function createSignatureVerifier(
  newScope: () => FastifyInstance,
  key: VerifierKey,
): Promise<VerifySignature> {
  const scope = newScope()
  scope.register(fastifyJwt, {
    namespace,
    secret: key.algorithm === 'RS256' ? { public: key.pem } : key.secret,
    // Times are checked by our own rules, with their clock and leeway; results are cached by our own cache.
    verify: { algorithms: [key.algorithm], cache: false, ignoreExpiration: true, ignoreNotBefore: true },
  })
  await scope.ready()
  const { verify } = registered(scope)
  return raw => verifySignature(verify, raw)
}

type Verify = (raw: string) => unknown

/** `@fastify/jwt` types `scope.jwt` by an interface that only the host may widen. */
function registered(scope: FastifyInstance): { readonly verify: Verify } {
  const { jwt } = scope as unknown as { jwt: Record<typeof namespace, { verify: Verify }> }
  return jwt[namespace]
}

function verifySignature(verify: Verify, raw: string): JsonObject {
  let payload: unknown
  try {
    payload = verify(raw)
  } catch (error) {
    throw refusal(error)
  }
  if (!isObject(payload)) throw new Auth0UsersError('A0U_TOKEN_MALFORMED')
  return payload
}

const codes: ReadonlyMap<unknown, ErrorCode> = new Map<unknown, ErrorCode>([
  ['FAST_JWT_MALFORMED', 'A0U_TOKEN_MALFORMED'],
  ['FAST_JWT_INVALID_TYPE', 'A0U_TOKEN_MALFORMED'],
  ['FAST_JWT_INVALID_PAYLOAD', 'A0U_TOKEN_MALFORMED'],
  ['FAST_JWT_INVALID_ALGORITHM', 'A0U_TOKEN_ALGORITHM'],
  ['FAST_JWT_INVALID_CRIT_HEADER', 'A0U_TOKEN_CRITICAL_HEADER'],
])

/** fast-jwt's errors may carry the payload, so only their code travels along. */
function refusal(error: unknown): Auth0UsersError {
  const { code } = error as { readonly code?: unknown }
  return new Auth0UsersError(codes.get(code) ?? 'A0U_TOKEN_SIGNATURE', { cause: new Error(String(code)) })
}
