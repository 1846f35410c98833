import type { FastifyBaseLogger } from 'fastify'
import type { Databases } from '../db/handle.ts'
import type { Clock } from '../lib/clock.ts'
import { writeTokenUses } from './api-token.repository.ts'
import { writeSessionUses } from './session.repository.ts'
import { createUseRecorder, type UseRecorder } from './use-recorder.ts'

/** @param now milliseconds since the epoch. */
export function createTokenUses({ primary }: Databases, now: Clock, log: FastifyBaseLogger): UseRecorder {
  return createUseRecorder({ write: uses => writeTokenUses(primary, uses), now, log })
}

/** @param now milliseconds since the epoch. */
export function createSessionUses({ primary }: Databases, now: Clock, log: FastifyBaseLogger): UseRecorder {
  return createUseRecorder({ write: uses => writeSessionUses(primary, uses), now, log })
}
