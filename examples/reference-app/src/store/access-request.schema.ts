import { type Static, Type } from '@sinclair/typebox'
import { AssetLabel } from '../assets/asset.schema.ts'
import { Nullable, Page, PageQuery, Text, Timestamp, Uuid } from '../common/schema.ts'

export const requestStatuses = ['pending', 'approved', 'refused', 'withdrawn'] as const
export const RequestStatus = Type.Union(requestStatuses.map(status => Type.Literal(status)))
export type RequestStatus = (typeof requestStatuses)[number]

const purpose = { description: 'What the asset is wanted for', examples: ['Cover of the annual report'] }

export const NewAccessRequest = Type.Object(
  { asset_id: Uuid, purpose: Text({ ...purpose, minLength: 1, maxLength: 2000 }) },
  { additionalProperties: false },
)
export type NewAccessRequest = Static<typeof NewAccessRequest>

export const AccessRequest = Type.Object({
  id: Uuid,
  asset: AssetLabel,
  // Empty once the person has deleted what they wrote.
  purpose: Type.String(purpose),
  status: RequestStatus,
  reason: Nullable(Type.String({ description: 'Why it was refused' })),
  created_at: Timestamp,
  decided_at: Nullable(Timestamp),
})
export type AccessRequest = Static<typeof AccessRequest>

/** As staff see it. */
export const StaffAccessRequest = Type.Composite([
  AccessRequest,
  Type.Object({
    requester: Type.Object({
      id: Uuid,
      name: Type.String({ examples: ['Noor Aziz'] }),
      email: Nullable(Type.String({ examples: ['noor.aziz@example.test'] })),
    }),
  }),
])
export type StaffAccessRequest = Static<typeof StaffAccessRequest>

export const AccessRequestPage = Page(AccessRequest)
export const StaffAccessRequestPage = Page(StaffAccessRequest)

export const StaffRequestQuery = Type.Composite([PageQuery, Type.Object({ status: Type.Optional(RequestStatus) })])
export type StaffRequestQuery = Static<typeof StaffRequestQuery>

export const Approval = Type.Object(
  { days: Type.Integer({ minimum: 1, maximum: 3650, default: 365, description: 'How long the licence lasts' }) },
  { additionalProperties: false },
)

export const Refusal = Type.Object(
  { reason: Text({ minLength: 1, maxLength: 1000, examples: ['The creator keeps print rights.'] }) },
  { additionalProperties: false },
)
