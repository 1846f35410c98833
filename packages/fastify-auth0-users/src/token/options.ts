import type { TObject, TSchema } from '@sinclair/typebox'
import {
  anyObject,
  anyOf,
  group,
  listOf,
  objectWith,
  oneOf,
  orFalse,
  positiveSeconds,
  seconds,
  share,
  text,
  textOrTexts,
} from '../lib/option-schema.ts'

const audience = textOrTexts({ description: "the API's identifier; a token must name at least one of them in `aud`" })

/** Which issuers are accepted: `domain` and `audience`, or `issuers`. */
export const issuerSchemas: Readonly<Record<string, TSchema>> = {
  domain: text({
    description:
      "the tenant's domain or custom domain, as in `iss`. May carry a scheme; plain `http` for loopback hosts only",
    defaultText: 'required, unless `issuers`',
  }),
  audience: { ...audience, defaultText: 'required, unless `issuers`' },
  issuers: listOf(
    group({ domain: text({ description: '' }), audience }, { must: '{ domain, audience }' }, ['domain', 'audience']),
    {
      description:
        'several accepted issuers, for instance a tenant with custom domains; instead of `domain` and `audience`',
    },
  ),
}

/** The option `test`. */
export const testSchema: TObject = group(
  {
    secret: text({
      description:
        'HS256 with this secret of 32 bytes or more instead of RS256, and no network, where `NODE_ENV` is `test` or `development`; refused elsewhere',
      secret: true,
    }),
  },
  { secret: true },
  ['secret'],
)

const storeText = '{ store, secret } with a store of @fastify/caching and a secret of 32 bytes or more'

/** The option `jwks`. */
export const jwksSchema: TObject = group({
  ttl: positiveSeconds({ description: 'how long a fetched key set is used without asking again', default: 3600 }),
  refreshAhead: share({
    description: 'the share of `jwks.ttl` after which the key set is fetched again in the background',
    default: 0.8,
  }),
  cooldown: seconds(0, { description: 'the least time between two fetches caused by unknown `kid`s', default: 30 }),
  timeout: positiveSeconds({ description: 'how long one fetch may take, body included', default: 5 }),
  maxStale: seconds(0, {
    description: 'how long after `jwks.ttl` a key set that cannot be renewed is still used',
    default: 86_400,
  }),
  cache: orFalse(anyObject({ description: '', must: storeText }), {
    description:
      'shares key sets between processes, so that a new one starts warm; entries count only under the HMAC of `secret`, a text of 32 bytes or more. Without a secret the store is not used',
    default: false,
    secret: true,
  }),
})

const dpopModes = ['accept', 'off', 'require']

/** What `dpop` can be besides the name of a mode. */
const dpopSchema: TObject = group({
  mode: oneOf(dpopModes, { description: 'whether tokens may or must be bound to a key', default: 'accept' }),
  replay: objectWith(['add'], {
    description:
      'where processes share the proofs that were used: `redisReplay(…)`, `databaseReplay(db)`, or an object with `add(key, ttl)` that resolves to whether the key is new',
  }),
})

/** Options of verification that are no group. */
export const verificationSchemas: Readonly<Record<string, TSchema>> = {
  clockTolerance: seconds(0, { description: 'leeway for `exp`, `nbf` and `iat`', default: 5 }, 300),
  tokenType: oneOf(['any', 'at+jwt'], {
    description: 'which `typ` is accepted; `at+jwt` is that of RFC 9068',
    default: 'any',
  }),
  dpop: anyOf([oneOf(dpopModes, { description: '' }), dpopSchema], {
    must: "one of 'accept', 'off', 'require', or { mode, replay }",
    description: 'tokens bound to a key, RFC 9449; the name of a mode is short for `{ mode }`',
    default: 'accept',
  }),
}
