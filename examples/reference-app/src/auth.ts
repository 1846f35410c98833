import { join } from 'node:path'
import { SignJWT } from 'jose'
import { type AuthOptions, backchannelLogoutPath } from './app.ts'
import type { AuthConfig, Config } from './config.ts'
import { loggerOptions } from './logger.ts'
import { isLoopbackHost } from './stand-in/loopback.ts'
import { demoPerson } from './stand-in/people.ts'
import { webClient } from './stand-in/settings.ts'
import { startStandIn } from './stand-in/stand-in.ts'
import { errorCode, StartError } from './start-error.ts'
import { checkTenant } from './tenant.ts'

/** The side that signs the access tokens. */
export interface AuthSide {
  /** For the plugin. */
  readonly options: AuthOptions
  /** For the start message. */
  readonly description: string
  /** Something that the log should say once there is one. */
  readonly warning?: string
  /** A token to try the API with; a real tenant gives none away. */
  readonly token?: string
  /** To be called with the address of the app once it listens; a real tenant is configured in its dashboard. */
  onListening?(url: string): void
  close(): Promise<void>
}

/** Starts the stand-in, looks at the tenant, or prepares HS256, as the configuration says. Throws `StartError`. */
export function openAuthSide(config: Config): Promise<AuthSide> {
  const { auth } = config
  switch (auth.mode) {
    case 'stand-in':
      return openStandIn(auth, config)
    case 'tenant':
      return openTenant(auth, config)
    case 'secret':
      return openSecret(auth)
  }
}

async function openStandIn({ port, audience }: AuthConfig & { mode: 'stand-in' }, config: Config): Promise<AuthSide> {
  const dataDir = join(config.dataDir, 'stand-in')
  // Its failures matter to operators, its requests do not.
  const logger = loggerOptions(config, config.logLevel === 'silent' ? 'silent' : 'error')
  const standIn = await startStandIn({ port, audience, dataDir, logger }).catch((error: unknown) => {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    throw new StartError(
      `Port ${port}, for the Auth0 stand-in, is in use.\nStop the other program, or choose a port: STAND_IN_PORT=0 takes a free one.`,
    )
  })
  return {
    options: { domain: standIn.issuer, audience, clientId: webClient.id, standIn: true },
    description: `local Auth0 stand-in at ${standIn.issuer} (for development only)`,
    token: await standIn.mintToken(),
    onListening: url => {
      // The stand-in must not be used by an app that listens on a network address only.
      if (isLoopbackHost(new URL(url).hostname)) standIn.tellLogoutsTo(url + backchannelLogoutPath)
    },
    close: standIn.close,
  }
}

async function openTenant(
  { domain, audience }: AuthConfig & { mode: 'tenant' },
  { environment, clientId }: Config,
): Promise<AuthSide> {
  const warning = await checkTenant(domain, environment === 'production')
  return {
    options: { domain, audience, clientId },
    description: `${domain}, audience ${audience}`,
    ...(warning === undefined ? {} : { warning }),
    close: async () => {},
  }
}

async function openSecret({ domain, audience, secret }: AuthConfig & { mode: 'secret' }): Promise<AuthSide> {
  const { sub, email, email_verified, given_name, family_name } = demoPerson
  const token = await new SignJWT({ email, email_verified, given_name, family_name })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(domain)
    .setAudience(audience)
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime('24 h')
    .sign(new TextEncoder().encode(secret))
  return {
    options: { domain, audience, test: { secret } },
    description: `HS256 with TEST_JWT_KEY, issuer ${domain} (for tests only)`,
    token,
    close: async () => {},
  }
}
