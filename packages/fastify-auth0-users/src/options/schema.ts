import { type TObject, Type } from '@sinclair/typebox'
import { adminSchema } from '../admin/options.ts'
import { auth0Schema } from '../auth0/options.ts'
import { claimsSchema } from '../claims/options.ts'
import { tablesSchema } from '../db/options.ts'
import { resourceMetadataSchema } from '../http/resource-metadata.ts'
import { anyOf, func, group, oneOf, orFalse, orSwitch } from '../lib/option-schema.ts'
import { organizationsSchema } from '../organizations/options.ts'
import { outboxSchema } from '../outbox/options.ts'
import { privacySchema } from '../privacy/options.ts'
import { profileSchema } from '../profile/options.ts'
import { issuerSchemas, jwksSchema, testSchema, verificationSchemas } from '../token/options.ts'
import { cacheSchema } from './cache.ts'
import { hooksSchema } from './hooks.ts'
import { methodsSchema } from './methods.ts'
import { usersSchema } from './users.ts'

/** Every option, composed from the schemas of the modules. Faults, defaults and docs/options.md are made from it. */
export const optionsSchema: TObject = group({
  ...issuerSchemas,
  db: anyOf([Type.Object({})], {
    must: 'your Kysely handle, or { primary, replica }',
    description: "the host's handle. A replica serves only what opts in to it",
    defaultText: 'required',
  }),
  tables: tablesSchema,
  test: testSchema,
  jwks: jwksSchema,
  ...verificationSchemas,
  username: func({
    description: 'the name for display: `auth0|123` becomes `auth0.123`',
    defaultText: 'pipes become dots',
  }),
  claims: claimsSchema,
  users: usersSchema,
  cache: cacheSchema,
  hooks: hooksSchema,
  profile: orFalse(profileSchema, { description: '`false` for no profile routes', defaultText: 'on' }),
  privacy: privacySchema,
  admin: orFalse(adminSchema, { description: 'the [routes for staff](admin.md)', default: false }),
  permissions: anyOf([Type.Array(Type.String({ minLength: 1 }))], {
    must: 'a list of permission names',
    description:
      "the catalogue: every permission that exists, as `app_label.codename` or Auth0's `read:reports`, besides the plugin's [own](admin.md#the-plugins-own-permissions)",
    default: [],
  }),
  organizations: organizationsSchema,
  methods: methodsSchema,
  auth0: auth0Schema,
  outbox: orSwitch(outboxSchema, {
    description:
      'the [outbox](outbox.md) of committed changes; `true`, or an object, writes it before anything subscribes',
    default: false,
  }),
  resourceMetadata: resourceMetadataSchema,
  protect: oneOf(['all', 'declared'], {
    description: 'every route in scope unless it says `auth: false`, or only routes that declare `auth`',
    default: 'all',
  }),
  stepUp: anyOf([Type.Record(Type.String({ minLength: 1 }), Type.Object({}))], {
    must: 'an object of levels { acr, amr, maxAge } by name',
    description: 'step-up levels by name, see [Step-up](step-up.md)',
    default: {},
  }),
  now: func({
    description: 'the clock, in milliseconds since the epoch; for tests',
    defaultText: '`Date.now`',
  }),
})
