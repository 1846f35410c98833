import { type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Fault } from '../errors.ts'

/*
 * The shape of the options, for checking what a host really passed. `description` is the part of a
 * fault that says what is allowed.
 */

const seconds = (least: number): TSchema =>
  Type.Number({ minimum: least, maximum: 31_536_000, description: `a number of seconds, ${least} or more` })
const positive = Type.Number({ exclusiveMinimum: 0, maximum: 31_536_000, description: 'a positive number of seconds' })
const count = Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'a whole number from 1 to 10 000 000' })
const text = Type.String({ minLength: 1, description: 'a non-empty string' })
const texts = Type.Array(text, { minItems: 1, description: 'a non-empty list of strings' })
const textOrTexts = Type.Union([text, texts], { description: 'a non-empty string or a list of them' })
const func = Type.Unsafe<unknown>(Type.Function([], Type.Unknown(), { description: 'a function' }))
const funcOrFuncs = Type.Union([func, Type.Array(func)], { description: 'a function or a list of functions' })
const anObject = Type.Object({}, { description: 'an object' })

const closed = (properties: Record<string, TSchema>): TSchema =>
  Type.Partial(Type.Object(properties), {
    additionalProperties: false,
    description: 'an object of the documented options',
  })

const oneOf = (...values: readonly (string | boolean)[]): TSchema =>
  Type.Union(
    values.map(value => Type.Literal(value)),
    { description: `one of ${values.map(value => JSON.stringify(value)).join(', ')}` },
  )

const claimName = Type.Union([text, Type.Object({ path: texts }, { additionalProperties: false })])
const claimSource = Type.Union([claimName, Type.Array(claimName, { minItems: 1 }), func], {
  description: 'a claim name, { path: [names] }, a list of these, or a function',
})

const issuer = Type.Object(
  { domain: text, audience: textOrTexts },
  { additionalProperties: false, description: 'an object { domain, audience }' },
)

const path = Type.String({ pattern: '^(/[A-Za-z0-9._~-]+)+/?$', description: 'a path such as /api/v1/accounts' })

const orSwitch = (properties: Record<string, TSchema>): TSchema =>
  Type.Union([Type.Boolean(), closed(properties)], {
    description: 'true, false or an object of the documented options',
  })

const basicUsers = Type.Record(
  Type.String({ pattern: '^[^:]+$' }),
  Type.Object({ password: text, auth0_id: Type.Optional(text) }, { additionalProperties: false }),
)

const optionsSchema = closed({
  domain: text,
  audience: textOrTexts,
  issuers: Type.Array(issuer, { minItems: 1, description: 'a non-empty list of { domain, audience }' }),
  db: anObject,
  tables: closed({
    schema: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_$]{0,62}$', description: 'a PostgreSQL schema name' }),
    prefix: Type.String({ pattern: '^[a-z_][a-z0-9_]{0,29}$', description: 'a-z, 0-9 and _, at most 30 characters' }),
  }),
  test: Type.Object({ secret: text }, { additionalProperties: false, description: 'an object { secret }' }),
  jwks: closed({
    ttl: positive,
    refreshAhead: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'a share of ttl, above 0 and at most 1',
    }),
    cooldown: seconds(0),
    timeout: positive,
    maxStale: seconds(0),
    cache: Type.Union([Type.Literal(false), anObject], { description: 'a store of @fastify/caching, or false' }),
  }),
  clockTolerance: Type.Number({ minimum: 0, maximum: 300, description: 'a number of seconds from 0 to 300' }),
  tokenType: oneOf('any', 'at+jwt'),
  dpop: oneOf('accept', 'off', 'require'),
  username: func,
  claims: closed({
    email: claimSource,
    email_verified: claimSource,
    first_name: claimSource,
    last_name: claimSource,
    permissions: claimSource,
  }),
  users: closed({
    provision: oneOf(true, 'existing', false),
    update: oneOf('changed', 'always', 'never'),
    machine: oneOf('principal', 'reject', 'user'),
    emailConflict: oneOf('reject', 'link', 'separate'),
    activity: Type.Union([Type.Literal(false), positive], { description: 'a positive number of seconds, or false' }),
    userinfo: oneOf('never', 'create'),
  }),
  cache: closed({
    tokens: count,
    users: count,
    ttl: seconds(0),
    changes: Type.Object({ listen: func }, { description: 'a change feed, for instance pgChangeFeed(pool)' }),
  }),
  hooks: closed({
    beforeCreate: funcOrFuncs,
    afterCreate: funcOrFuncs,
    beforeUpdate: funcOrFuncs,
    afterUpdate: funcOrFuncs,
    onCreated: funcOrFuncs,
    onUpdated: funcOrFuncs,
    beforeMerge: funcOrFuncs,
    onMerged: funcOrFuncs,
    onAuthenticated: funcOrFuncs,
    onFailure: funcOrFuncs,
  }),
  profile: Type.Union([Type.Literal(false), anObject], { description: 'an object, or false for no profile routes' }),
  privacy: anObject,
  admin: Type.Union([Type.Literal(false), closed({ prefix: text })], { description: 'an object { prefix }, or false' }),
  permissions: Type.Array(text, { description: 'a list of permission names' }),
  methods: closed({
    token: orSwitch({
      prefix: Type.String({ pattern: '^[A-Za-z0-9]{2,16}_$', description: '2 to 16 letters or digits and _' }),
      maxPerUser: count,
      routes: Type.Union([Type.Boolean(), path], { description: 'true, false or a path' }),
    }),
    session: orSwitch({
      idle: positive,
      absolute: positive,
      staffOnly: Type.Boolean({ description: 'true or false' }),
      origins: Type.Array(Type.String({ pattern: '^https?://[^/]+$' }), { description: 'a list of origins' }),
      prefix: path,
      insecureLoopback: Type.Boolean({ description: 'true or false' }),
    }),
    basic: Type.Union([Type.Literal(false), Type.Object({ users: basicUsers }, { additionalProperties: false })], {
      description: 'an object { users: { [username]: { password, auth0_id } } }, or false',
    }),
  }),
  auth0: closed({
    events: Type.Union(
      [
        Type.Literal(false),
        closed({
          secret: textOrTexts,
          path,
          created: oneOf('provision', 'ignore'),
          blocked: oneOf('deactivate', 'signOut', 'ignore'),
          deleted: oneOf('deactivate', 'erase', 'ignore'),
          maxAge: positive,
        }),
      ],
      { description: 'an object of the documented options, or false' },
    ),
    backchannelLogout: Type.Union(
      [Type.Literal(false), closed({ clientId: textOrTexts, path, accessTokens: oneOf('keep', 'revoke') })],
      { description: 'an object of the documented options, or false' },
    ),
  }),
  resourceMetadata: Type.Object(
    { resource: text, name: Type.Optional(text), documentation: Type.Optional(text) },
    { additionalProperties: false, description: 'an object { resource, name, documentation }' },
  ),
  protect: oneOf('all', 'declared'),
  now: func,
})

/** Names whose value must not be repeated in a fault. */
const secretPaths = ['test', 'privacy', 'auth0.events']

/** Finds every option that is unknown or of the wrong shape; one fault each, naming what was given and what is allowed. */
export function checkShape(given: unknown, faults: Fault[]): void {
  const seen = new Set<string>()
  for (const error of Value.Errors(optionsSchema, given)) {
    const field = error.path.slice(1).replaceAll('/', '.')
    // A union reports its members too; the first error of a path is the outermost.
    if (seen.has(field)) continue
    seen.add(field)
    const unknown = error.schema['additionalProperties'] === false && /unexpected/i.test(error.message)
    const allowed = unknown
      ? 'there is no such option'
      : `must be ${String(error.schema.description ?? 'as documented')}`
    faults.push({
      field: field === '' ? 'options' : field,
      message: `${allowed}; given: ${describe(field, error.value)}`,
    })
  }
}

function isSecret(field: string): boolean {
  return field.endsWith('.password') || secretPaths.some(path => field === path || field.startsWith(`${path}.`))
}

function describe(field: string, value: unknown): string {
  if (isSecret(field)) return `a ${typeof value} (not shown)`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return String(JSON.stringify(value) ?? value).slice(0, 80)
}
