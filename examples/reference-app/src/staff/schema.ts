import { Type } from '@sinclair/typebox'
import { Nullable, Timestamp, Uuid } from '../common/schema.ts'

const count = Type.Integer({ minimum: 0, examples: [3] })

export const Overview = Type.Object({
  people: count,
  pending_requests: count,
  active_licences: count,
  assets: count,
  failed_jobs: count,
})

const name = Type.String({ examples: ['people.welcome'] })

export const JobsPage = Type.Object({
  queues: Type.Array(
    Type.Object({
      name,
      waiting: count,
      active: count,
      retrying: count,
      completed: count,
      failed: count,
    }),
  ),
  dead: Type.Array(
    Type.Object({
      id: Uuid,
      queue: name,
      error: Nullable(Type.String({ description: 'The message of the last failure' })),
      created_at: Timestamp,
      attempts: count,
    }),
    { description: 'Jobs that failed for good, newest first, 100 at the most' },
  ),
})

export const RetryAnswer = Type.Object({ id: Uuid, queue: name })
