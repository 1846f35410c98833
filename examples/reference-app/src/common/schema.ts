import { type Static, type StringOptions, type TSchema, Type } from '@sinclair/typebox'

/** For values that may be absent: JSON's null, never a missing field. */
export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])

/** As PostgreSQL writes it; the format alone would let `urn:uuid:…` through, which PostgreSQL does not take. */
export const Uuid = Type.String({
  format: 'uuid',
  pattern: '^[0-9a-f-]{36}$',
  examples: ['0b2f9a4e-6f0c-4a53-9d53-5d2f5c1b7a10'],
})

/** What people type. PostgreSQL keeps every character but NUL. */
export const Text = (options: StringOptions) => Type.String({ pattern: '^[^\\u0000]*$', ...options })

export const Timestamp = Type.String({ format: 'date-time', examples: ['2026-03-14T09:26:53.000Z'] })

/** Parameters of routes about one thing. */
export const ById = Type.Object({ id: Uuid })

/** One page of a list. */
export const Page = <Item extends TSchema>(item: Item) =>
  Type.Object({
    items: Type.Array(item),
    next: Nullable(Type.String({ description: 'Pass as `after` to read on; null on the last page', examples: ['41'] })),
  })

/** What every list takes in its query. */
export const PageQuery = Type.Object({
  after: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,17}$', description: '`next` of the page before' })),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
})

export type PageQuery = Static<typeof PageQuery>

/** Errors as Fastify words them. */
export const Problem = Type.Object(
  {
    statusCode: Type.Integer(),
    code: Type.Optional(Type.String({ description: 'Stable; compare this, not the message' })),
    error: Type.String(),
    message: Type.String(),
  },
  { examples: [{ statusCode: 404, code: 'NOT_FOUND', error: 'Not Found', message: 'There is no such asset' }] },
)
