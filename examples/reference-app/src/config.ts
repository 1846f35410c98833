import { resolve } from 'node:path'
import { type DatabasesConfig, readDatabases } from './config-databases.ts'
import { createReader, type Env, type Reader } from './config-reader.ts'
import { isLoopbackHost } from './stand-in/loopback.ts'
import { defaultAudience, webClient } from './stand-in/settings.ts'
import { StartError } from './start-error.ts'
import { readTelemetry, type TelemetrySettings } from './telemetry-settings.ts'

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
  readonly databases: DatabasesConfig
  readonly auth: AuthConfig
  /** Of the web front end at the identity provider. */
  readonly clientId: string
  /** What an event stream of the tenant authenticates itself with; null: none is received. */
  readonly eventsSecret: string | null
  /** How many processes serve behind the one port. */
  readonly workers: number
  /** Whether an empty store is filled with invented assets and people. */
  readonly demoData: boolean
  /** `host:port` of what the crawler may visit, besides the app itself. */
  readonly crawlerHosts: readonly string[]
  /** Null: nothing is reported. */
  readonly telemetry: TelemetrySettings | null
}

const environments = ['development', 'test', 'production'] as const
type Environment = (typeof environments)[number]

/** Without `NODE_ENV`: a demonstration on this machine. */
export const defaultEnvironment: Environment = 'development'

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
type LogLevel = (typeof logLevels)[number]

/** `iss` of HS256 tokens when no domain is given; nothing is ever fetched from there. */
const secretModeDomain = 'https://reference-app.example/'

const repositoryRoot = resolve(import.meta.dirname, '../../..')

/**
 * Reads the environment variables that `.env.example` explains; an empty one counts as absent.
 * Throws one `StartError` that lists everything that is wrong.
 */
export function readConfig(env: Env): Config {
  const reader = createReader(env)
  const { faults } = reader
  const databases = readDatabases(reader)
  const config: Config = {
    environment: reader.oneOf('NODE_ENV', environments, defaultEnvironment),
    host: reader.text('HOST') ?? '127.0.0.1',
    port: reader.port('PORT', 3000),
    logLevel: reader.oneOf('LOG_LEVEL', logLevels, 'info'),
    dataDir: resolve(repositoryRoot, reader.text('DATA_DIR') ?? '.data'),
    databases,
    auth: readAuth(reader, faults),
    clientId: reader.text('AUTH_CLIENT_ID') ?? webClient.id,
    eventsSecret: readEventsSecret(reader),
    workers: reader.whole('WORKERS', { from: 1, to: 64, fallback: 1 }),
    demoData: reader.flag('DEMO_DATA', databases.default.mode === 'embedded'),
    crawlerHosts: reader.list('QA_CRAWLER_HOSTS'),
    telemetry: readTelemetry(reader),
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

function readAuth(reader: Reader, faults: string[]): AuthConfig {
  const given = reader.text('AUTH_DOMAIN')
  const secret = reader.text('TEST_JWT_KEY')
  const audience = reader.text('AUTH_AUDIENCE')
  const port = reader.port('STAND_IN_PORT', 3001)
  const domain = given === undefined ? undefined : readDomain(given, faults)
  if (domain !== undefined && audience === undefined) {
    faults.push(
      'AUTH_DOMAIN requires AUTH_AUDIENCE, the identifier of your API in Auth0, for instance https://api.example.com',
    )
  }
  const api = audience ?? defaultAudience
  if (secret !== undefined) return { mode: 'secret', domain: domain ?? secretModeDomain, audience: api, secret }
  return domain === undefined ? { mode: 'stand-in', port, audience: api } : { mode: 'tenant', domain, audience: api }
}

function readEventsSecret({ text, faults }: Reader): string | null {
  const given = text('AUTH0_EVENTS_SECRET')
  if (given === undefined) return null
  if (!/^[\x21-\x7e]{32,}$/.test(given)) {
    faults.push('AUTH0_EVENTS_SECRET must have 32 characters or more and no spaces; openssl rand -base64 48 makes one')
  }
  return given
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

function checkProduction({ environment, auth, databases, demoData }: Config, faults: string[]): void {
  if (environment !== 'production') return
  if (databases.default.mode === 'embedded') faults.push('DATABASE_URL is required in production')
  if (demoData && databases.default.mode === 'given') faults.push('DEMO_DATA is refused in production')
  if (auth.mode === 'stand-in') faults.push('AUTH_DOMAIN and AUTH_AUDIENCE are required in production')
  if (auth.mode === 'secret')
    faults.push('TEST_JWT_KEY is refused in production; set AUTH_DOMAIN and AUTH_AUDIENCE instead')
}

function checkPorts({ auth, port }: Config, faults: string[]): void {
  if (auth.mode === 'stand-in' && auth.port === port && port !== 0) faults.push('PORT and STAND_IN_PORT must differ')
}
