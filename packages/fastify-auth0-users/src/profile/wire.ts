import { type TObject, type TSchema, Type } from '@sinclair/typebox'
import type { ResolvedProfileOptions } from './options.ts'

/** Schemas for API pages. Bodies are checked by `merge.ts` and `schema.ts`, not by these. */
export interface ProfileWire {
  readonly profile: TObject
  readonly put: TSchema
  readonly patch: TSchema
}

const nullableText = Type.Union([Type.String(), Type.Null()])
const timestamp = Type.String({ format: 'date-time' })

export const consentSchema: TObject = Type.Object({
  purpose: Type.String(),
  version: Type.String(),
  granted: Type.Boolean(),
  at: timestamp,
})

export function profileWire({ schema }: ResolvedProfileOptions): ProfileWire {
  const name = { maxLength: 150 }
  const data = Type.Partial(schema.source)
  return {
    profile: Type.Object({
      id: Type.String({ format: 'uuid' }),
      auth0_id: nullableText,
      username: nullableText,
      email: nullableText,
      first_name: Type.String(name),
      last_name: Type.String(name),
      profile_data: data,
      profile_complete: Type.Boolean(),
      missing_fields: Type.Array(Type.String()),
      consents: Type.Array(consentSchema),
      created_at: timestamp,
      updated_at: timestamp,
    }),
    put: Type.Object(
      {
        first_name: Type.Optional(Type.String(name)),
        last_name: Type.Optional(Type.String(name)),
        profile_data: Type.Optional(data),
      },
      { additionalProperties: false, description: 'Absent fields stay; profile_data is merged one level deep' },
    ),
    patch: Type.Object(
      {
        first_name: Type.Optional(Type.Union([Type.String(name), Type.Null()])),
        last_name: Type.Optional(Type.Union([Type.String(name), Type.Null()])),
        profile_data: Type.Optional(Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()])),
      },
      { additionalProperties: false, description: 'JSON merge patch (RFC 7396): null deletes' },
    ),
  }
}
