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
  permissionNames: anyOf([Type.Record(Type.String(), Type.String({ minLength: 1 }))], {
    must: 'an object of names of the claim and names of the catalogue',
    description:
      'translates names of the permissions claim into names of `permissions`; other names stand for themselves',
    default: {},
  }),
  acr: claimSource({ description: 'where [step-up](step-up.md) finds the class of the sign-in', default: 'acr' }),
  amr: claimSource({ description: 'where [step-up](step-up.md) finds the methods of the sign-in', default: 'amr' }),
  authTime: claimSource({ description: 'where [step-up](step-up.md) finds its time', default: 'auth_time' }),
})
