import { join } from 'node:path'
import type { FastifyServerOptions } from 'fastify'
import { createBackchannelLogout } from './backchannel-logout.ts'
import type { Context } from './context.ts'
import { openSigningKeys } from './keys.ts'
import { isLoopbackHost } from './loopback.ts'
import { demoPerson, type Person } from './people.ts'
import { buildServer } from './server.ts'
import { type Client, claimNamespace, defaultAudience, machineClient, type Settings, webClient } from './settings.ts'
import { createState } from './state.ts'
import { createTokens } from './tokens.ts'

export interface StandInOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** A loopback address [127.0.0.1]; any other is refused. */
  readonly host?: string
  /** Where the signing key is kept, readable by this user only; without it every start has a new key. */
  readonly dataDir?: string
  /** The API that tokens are for [`defaultAudience`]. */
  readonly audience?: string
  readonly clients?: readonly Client[]
  /** As for Fastify [none]. */
  readonly logger?: FastifyServerOptions['logger']
  /** Milliseconds since the epoch; replaced in tests. */
  readonly now?: () => number
}

/** A running stand-in. */
export interface StandIn {
  /** As in `iss`, for instance `http://localhost:3001/`; also the value for `AUTH_DOMAIN`. */
  readonly issuer: string
  readonly audience: string
  /** An access token for the API, as the sign-in page would have led to; 24 hours. */
  mintToken(person?: Person): Promise<string>
  /** Signs with a new key from now on; `revoke` withdraws the old keys as well. */
  rotateKeys(options?: { readonly revoke?: boolean }): Promise<void>
  /**
   * Where logout tokens of a client [the web front end] are sent from now on, when a user signs out.
   * Throws `RangeError` for a URL that is not on this machine.
   */
  tellLogoutsTo(url: string, clientId?: string): void
  close(): Promise<void>
}

/**
 * Starts the local stand-in for an Auth0 tenant. NOT FOR PRODUCTION: it asks for no password.
 * Throws `RangeError` for a host that is not loopback, and what `listen` throws (`EADDRINUSE`).
 */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const {
    port,
    host = '127.0.0.1',
    dataDir,
    audience = defaultAudience,
    clients = [webClient, machineClient],
    logger,
    now = Date.now,
  } = options
  if (!isLoopbackHost(host))
    throw new RangeError('The Auth0 stand-in listens on loopback addresses only: 127.0.0.1, ::1 or localhost')

  let issuer = ''
  const settings: Settings = { issuer: () => issuer, audience, clients, claimNamespace, now }
  const keys = await openSigningKeys(dataDir === undefined ? undefined : join(dataDir, 'signing-keys.json'))
  const tokens = createTokens(settings, keys)
  const logout = createBackchannelLogout(tokens)
  const context: Context = { settings, keys, tokens, logout, state: createState(now) }
  const server = buildServer(context, logger)
  const url = new URL(await server.listen({ port, host }))
  issuer = `http://localhost:${url.port}/`

  const grant = { clientId: webClient.id, audience, scope: 'openid profile email' }
  return {
    issuer,
    audience,
    mintToken: (person = demoPerson) => tokens.accessToken(person, grant),
    rotateKeys: keys.rotate,
    tellLogoutsTo: (url, clientId = webClient.id) => logout.register(clientId, url),
    close: async () => {
      await server.close()
      await logout.close()
    },
  }
}
