import { type TObject, Type } from '@sinclair/typebox'

/** The body of an error response, for API documents. */
export const errorSchema: TObject = Type.Object({
  statusCode: Type.Integer(),
  code: Type.String({ description: 'A stable code, A0U_…' }),
  error: Type.String(),
  message: Type.String(),
  faults: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
})
