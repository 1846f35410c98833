import { type TObject, type TSchema, Type } from '@sinclair/typebox'
import { anyOf, func, group, type OptionTexts } from '../lib/option-schema.ts'

const name = Type.Union([
  Type.String({ minLength: 1 }),
  Type.Object({ path: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }) }, { additionalProperties: false }),
])

/** Where a value stands in a token: see `ClaimSource`. */
export function claimSource(texts: OptionTexts): TSchema {
  return anyOf([name, Type.Array(name, { minItems: 1 }), func({ description: '' })], {
    must: 'a claim name, { path: [names] }, a list of these, or a function',
    ...texts,
  })
}

/** The option `claims`. */
export const claimsSchema: TObject = group({
  email: claimSource({ description: 'where the email address stands', default: 'email' }),
  email_verified: claimSource({ description: 'whether the address was verified', default: 'email_verified' }),
  first_name: claimSource({ description: 'where the first name stands', default: 'given_name' }),
  last_name: claimSource({ description: 'where the last name stands', default: 'family_name' }),
  permissions: claimSource({ description: 'the claim whose strings count as grants, limited to `permissions`' }),
})
