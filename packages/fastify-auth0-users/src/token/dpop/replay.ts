import type { FastifyBaseLogger } from 'fastify'
import { Auth0UsersError } from '../../errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { createSeenElsewhere, type DpopReplay } from './shared-replay.ts'

export interface ReplayOptions {
  readonly now: Clock
  /** How many proofs are remembered at most. */
  readonly capacity: number
  /** How long a proof can be of use to anybody, in milliseconds. */
  readonly window: number
  /** Where processes tell each other of used proofs; null for none. */
  readonly replay: DpopReplay | null
  readonly log: FastifyBaseLogger
}

/** Remembers used proofs for as long as they could be used again (RFC 9449 §11.1). */
export interface ReplayWindow {
  /**
   * Rejects with `A0U_DPOP_REPLAYED` for an `id` used before. `owner` is the thumbprint of the client's
   * key. When memory is full, new proofs are refused (`A0U_DPOP_BUSY`, 503) rather than old ones forgotten;
   * one owner may fill a tenth of it, so that no single client can lock the others out.
   */
  use(owner: string, id: string): Promise<void>
}

interface Generation {
  readonly ids: Set<string>
  readonly perOwner: Map<string, number>
}

/**
 * Two generations of one window each: whatever is dropped with the older one has expired. An owner's
 * share is counted per generation.
 */
export function createReplayWindow({ now, capacity, window, replay, log }: ReplayOptions): ReplayWindow {
  const seenElsewhere = createSeenElsewhere(replay, window, { now, log })
  const share = Math.max(1, Math.floor(capacity / 10))
  let recent = emptyGeneration()
  let older = emptyGeneration()
  let rotateAt = now() + window

  function rotate(): void {
    if (now() < rotateAt) return
    older = now() < rotateAt + window ? recent : emptyGeneration()
    recent = emptyGeneration()
    rotateAt = now() + window
  }

  function remember(owner: string, id: string): void {
    rotate()
    if (recent.ids.has(id) || older.ids.has(id)) throw new Auth0UsersError('A0U_DPOP_REPLAYED')
    if ((recent.perOwner.get(owner) ?? 0) >= share || recent.ids.size + older.ids.size >= capacity) throw full()
    recent.ids.add(id)
    recent.perOwner.set(owner, (recent.perOwner.get(owner) ?? 0) + 1)
  }

  async function use(owner: string, id: string): Promise<void> {
    remember(owner, id)
    if (await seenElsewhere(id)) throw new Auth0UsersError('A0U_DPOP_REPLAYED')
  }

  return { use }
}

function emptyGeneration(): Generation {
  return { ids: new Set(), perOwner: new Map() }
}

function full(): Auth0UsersError {
  return new Auth0UsersError('A0U_DPOP_BUSY', { retryAfter: 30 })
}
