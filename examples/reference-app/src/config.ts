import { resolve } from 'node:path'
import { isLoopbackHost } from './stand-in/loopback.ts'
import { defaultAudience } from './stand-in/settings.ts'
import { StartError } from './start-error.ts'

/** Where the tables are: in a server that the app starts itself, or in a given one. */
export type DatabaseConfig = { readonly mode: 'embedded' } | { readonly mode: 'given'; readonly url: string }

/** Who signs the access tokens. `domain` is a URL with scheme and trailing slash, as in `iss`. */
export type AuthConfig =
  | { readonly mode: 'stand-in'; readonly port: number; readonly audience: string }
  | { readonly mode: 'tenant'; readonly domain: string; readonly audience: string }
  | { readonly mode: 'secret'; readonly domain: string; readonly audience: string; readonly secret: string }

export interface Config {
  readonly environment: Environment
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
  /** Absolute path. */
  readonly dataDir: string
  readonly database: DatabaseConfig
  readonly auth: AuthConfig
}

const environments = ['development', 'test', 'production'] as const
type Environment = (typeof environments)[number]

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
type LogLevel = (typeof logLevels)[number]

/** `iss` of HS256 tokens when no domain is given; nothing is ever fetched from there. */
const secretModeDomain = 'https://reference-app.example/'

const repositoryRoot = resolve(import.meta.dirname, '../../..')

export type Env = Readonly<Record<string, string | undefined>>

/**
 * Reads the environment variables that `.env.example` explains; an empty one counts as absent.
 * Throws one `StartError` that lists everything that is wrong.
 */
export function readConfig(env: Env): Config {
  const faults: string[] = []
  const reader = createReader(env, faults)
  const config: Config = {
    environment: reader.oneOf('NODE_ENV', environments, 'development'),
    host: reader.text('HOST') ?? '127.0.0.1',
    port: reader.port('PORT', 3000),
    logLevel: reader.oneOf('LOG_LEVEL', logLevels, 'info'),
    dataDir: resolve(repositoryRoot, reader.text('DATA_DIR') ?? '.data'),
    database: readDatabase(reader, faults),
    auth: readAuth(reader, faults),
  }
  checkProduction(config, faults)
  checkPorts(config, faults)
  if (faults.length > 0) throw new StartError(describe(faults))
  return config
}

function describe(faults: readonly string[]): string {
  const lines = faults.map(fault => `  - ${fault}`).join('\n')
  return `The environment variables do not fit:\n${lines}\nexamples/reference-app/.env.example explains each of them.`
}

interface Reader {
  text(name: string): string | undefined
  port(name: string, fallback: number): number
  oneOf<Value extends string>(name: string, allowed: readonly Value[], fallback: Value): Value
}

function createReader(env: Env, faults: string[]): Reader {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined
  return {
    text,
    port: (name, fallback) => {
      const given = text(name)
      if (given === undefined) return fallback
      if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given)
      faults.push(`${name} must be a port number from 0 (a free one) to 65535, not "${given}"`)
      return fallback
    },
    oneOf: (name, allowed, fallback) => {
      const given = text(name)
      if (given === undefined) return fallback
      const found = allowed.find(value => value === given)
      if (found === undefined) faults.push(`${name} must be one of ${allowed.join(', ')}, not "${given}"`)
      return found ?? fallback
    },
  }
}

function readDatabase(reader: Reader, faults: string[]): DatabaseConfig {
  const url = reader.text('DATABASE_URL')
  if (url === undefined) return { mode: 'embedded' }
  // The value may hold a password, so it is never repeated.
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    faults.push('DATABASE_URL must look like postgresql://user:password@host:5432/database')
  }
  return { mode: 'given', url }
}

function readAuth(reader: Reader, faults: string[]): AuthConfig {
  const given = reader.text('AUTH_DOMAIN')
  const secret = reader.text('TEST_JWT_KEY')
  const audience = reader.text('AUTH_AUDIENCE')
  const port = reader.port('STAND_IN_PORT', 3001)
  const domain = given === undefined ? undefined : readDomain(given, faults)
  if (domain !== undefined && audience === undefined) {
    faults.push(
      'AUTH_DOMAIN needs AUTH_AUDIENCE beside it: the identifier of your API in Auth0, for instance https://api.example.com',
    )
  }
  const api = audience ?? defaultAudience
  if (secret !== undefined) return { mode: 'secret', domain: domain ?? secretModeDomain, audience: api, secret }
  return domain === undefined ? { mode: 'stand-in', port, audience: api } : { mode: 'tenant', domain, audience: api }
}

/** `tenant.eu.auth0.com`, with or without a scheme, as a URL with a trailing slash. */
function readDomain(given: string, faults: string[]): string {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(given) ? given : `https://${given}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const bare = url !== undefined && url.href === `${url.origin}/`
  if (url === undefined || !bare || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    faults.push('AUTH_DOMAIN must be a host name such as tenant.eu.auth0.com, with nothing after it')
  } else if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    faults.push('AUTH_DOMAIN must use https; plain http is accepted for localhost, 127.0.0.1 and [::1] only')
  }
  return url?.href ?? text
}

function checkProduction({ environment, auth, database }: Config, faults: string[]): void {
  if (environment !== 'production') return
  if (database.mode === 'embedded') faults.push('DATABASE_URL is required in production')
  if (auth.mode === 'stand-in') faults.push('AUTH_DOMAIN and AUTH_AUDIENCE are required in production')
  if (auth.mode === 'secret')
    faults.push('TEST_JWT_KEY is refused in production; set AUTH_DOMAIN and AUTH_AUDIENCE instead')
}

function checkPorts({ auth, port }: Config, faults: string[]): void {
  if (auth.mode === 'stand-in' && auth.port === port && port !== 0) faults.push('PORT and STAND_IN_PORT must differ')
}
