import { type Static, Type } from '@sinclair/typebox'

const shortText = { minLength: 1, maxLength: 200 }

/** What the business asks of a person; kept in `profile_data`, checked at every write. */
export const Profile = Type.Object(
  {
    phone: Type.Optional(Type.String({ format: 'phone', title: 'Phone', examples: ['+965 0000 0000'] })),
    title: Type.Optional(Type.String({ ...shortText, title: 'Job title', examples: ['Engineer'] })),
    company: Type.Optional(Type.String({ ...shortText, title: 'Company', examples: ['Example Trading'] })),
    department: Type.Optional(Type.String({ ...shortText, title: 'Department', examples: ['Purchasing'] })),
    country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', title: 'Country code', examples: ['KW'] })),
    // Written by the server, where the schema declares them.
    registration_source: Type.Optional(Type.String({ readOnly: true })),
    social_provider: Type.Optional(Type.String({ readOnly: true })),
    registration_completed_at: Type.Optional(Type.String({ format: 'date-time', readOnly: true })),
  },
  { additionalProperties: false },
)

export type Profile = Static<typeof Profile>

/** Without these the profile counts as incomplete; nothing else is refused for it. */
export const requiredProfileFields = ['phone', 'title'] as const
