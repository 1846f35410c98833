import { type Static, Type } from '@sinclair/typebox'
import { Nullable, Page, Timestamp, Uuid } from '../common/schema.ts'

export const runStatuses = ['queued', 'running', 'done', 'failed'] as const
export type RunStatus = (typeof runStatuses)[number]

const startUrl = Type.String({ format: 'uri', maxLength: 2000, examples: ['http://localhost:3000/documentation/'] })

export const NewRun = Type.Object({ start_url: startUrl }, { additionalProperties: false })

export const Run = Type.Object({
  id: Uuid,
  start_url: startUrl,
  status: Type.Union(runStatuses.map(status => Type.Literal(status))),
  pages_checked: Type.Integer({ examples: [12] }),
  broken_links: Type.Integer({ examples: [1] }),
  created_at: Timestamp,
  finished_at: Nullable(Timestamp),
})
export type Run = Static<typeof Run>

export const RunPage = Page(Run)
