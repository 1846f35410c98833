import {
  type TArray,
  type TNull,
  type TObject,
  type TProperties,
  type TSchema,
  type TString,
  type TUnion,
  Type,
} from '@sinclair/typebox'

const closed = { additionalProperties: false }

const uuidPattern = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
const uuid = Type.String({ pattern: `^${uuidPattern}$`, description: 'A uuid' })
const text = Type.String()
const nullableText = Type.Union([Type.String(), Type.Null()])
const time = Type.String({ description: 'ISO 8601, UTC' })
const nullableTime: TUnion<[TString, TNull]> = Type.Union([time, Type.Null()])
const names: TArray<TString> = Type.Array(Type.String())
const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'How many; 20 by default' }))

/** PostgreSQL holds no NUL in text. */
const noNul = { pattern: '^[^\\u0000]*$' }

export const defaultLimit = 20

export const idParams: TObject = Type.Object({ id: uuid })
export const memberParams: TObject = Type.Object({ id: uuid, group: uuid })
export const grantParams: TObject = Type.Object({ id: uuid, permission: Type.String({ ...noNul, maxLength: 200 }) })
export const credentialParams: TObject = Type.Object({ id: uuid, credential: uuid })

const flags: TProperties = {
  is_active: Type.Boolean(),
  is_staff: Type.Boolean(),
  is_superuser: Type.Boolean(),
  is_platform: Type.Boolean(),
}

/** At least one flag. */
export const flagsBody: TObject = Type.Partial(Type.Object(flags), { ...closed, minProperties: 1 })

const person: TProperties = {
  id: text,
  auth0_id: nullableText,
  username: nullableText,
  email: nullableText,
  email_verified: Type.Boolean(),
  first_name: text,
  last_name: text,
  ...flags,
  last_login_at: nullableTime,
  last_seen_at: nullableTime,
  tokens_valid_after: nullableTime,
  created_at: time,
  updated_at: time,
}

export const personQuery: TObject = Type.Object(
  {
    search: Type.Optional(
      Type.String({
        ...noNul,
        minLength: 1,
        maxLength: 200,
        description: 'What email, username, full or last name begins with, in any case; not with the filters',
      }),
    ),
    ...Object.fromEntries(Object.keys(flags).map(name => [name, Type.Optional(Type.Boolean())])),
    ids: Type.Optional(
      Type.String({
        pattern: `^${uuidPattern}(,${uuidPattern}){0,99}$`,
        description: 'These people only, by id, with commas between the ids; not with search',
      }),
    ),
    group: Type.Optional(
      Type.String({ pattern: `^${uuidPattern}$`, description: 'The members of this group; not with search' }),
    ),
    after: Type.Optional(
      Type.String({ pattern: `^([a-z_]+\\.)?${uuidPattern}$`, description: 'The next of the page before' }),
    ),
    limit,
  },
  closed,
)

export const groupSchema: TObject = Type.Object({ id: text, name: text, permissions: names }, closed)

export const personPage: TObject = page(Type.Object(person, closed))

export const personSchema: TObject = Type.Object(
  {
    ...person,
    groups: Type.Array(groupSchema),
    permissions: Type.Array(Type.String(), { description: 'Granted to the person, not by a group' }),
  },
  closed,
)

export const identityList: TObject = Type.Object(
  { items: Type.Array(Type.Object({ auth0_id: text, linked_at: nullableTime }, closed)) },
  closed,
)

const groupName = Type.String({
  minLength: 1,
  maxLength: 150,
  pattern: '^[^\\s\\u0000-\\u001f]([^\\u0000-\\u001f]*[^\\s\\u0000-\\u001f])?$',
  description: 'No control characters, no space at either end',
})

export const groupQuery: TObject = Type.Object(
  { after: Type.Optional(Type.String({ ...noNul, maxLength: 150 })), limit },
  closed,
)
export const groupPage: TObject = page(groupSchema)
export const groupBody: TObject = Type.Object({ name: groupName }, closed)
export const permissionsBody: TObject = Type.Object(
  { permissions: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 1000 }) },
  closed,
)

export const catalogueSchema: TObject = Type.Object({ items: names }, closed)

export const auditQuery: TObject = Type.Object(
  {
    user_id: Type.Optional(uuid),
    actor_id: Type.Optional(uuid),
    action: Type.Optional(Type.String({ ...noNul, maxLength: 100 })),
    from: Type.Optional(timeText('Not before this moment')),
    to: Type.Optional(timeText('Before this moment')),
    before: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,17}$', description: 'The next of the page before' })),
    limit,
  },
  closed,
)

export const auditPage: TObject = page(
  Type.Object(
    {
      id: text,
      user_id: Type.String({ description: 'Whose record changed; the id of the group for group.*' }),
      actor_id: nullableText,
      action: text,
      fields: names,
      method: nullableText,
      request_id: nullableText,
      detail: Type.Object({}, { additionalProperties: true }),
      at: time,
    },
    closed,
  ),
)

export const tokenList: TObject = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: text,
          user_id: text,
          name: text,
          scopes: Type.Union([names, Type.Null()]),
          expires_at: nullableTime,
          revoked_at: nullableTime,
          last_used_at: nullableTime,
          created_at: time,
        },
        closed,
      ),
    ),
  },
  closed,
)

export const sessionList: TObject = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        { id: text, user_id: text, user_agent: nullableText, last_seen_at: time, expires_at: time, created_at: time },
        closed,
      ),
    ),
  },
  closed,
)

function page(item: TSchema): TObject {
  return Type.Object({ items: Type.Array(item), next: nullableText }, closed)
}

function timeText(description: string): TString {
  return Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?(Z|[+-]\\d{2}:\\d{2}))?$',
    maxLength: 40,
    description,
  })
}
