import { randomUUID } from 'node:crypto'
import { randomFrom } from '../assets/art/random.ts'
import type { DemoMember } from './members.ts'

/** What became of something that a member asked for. */
export interface DemoRequest {
  readonly id: string
  readonly asset_id: string
  readonly user_id: string
  readonly purpose: string
  readonly status: 'pending' | 'approved' | 'refused' | 'withdrawn'
  readonly reason: string | null
  readonly created_at: Date
  readonly decided_at: Date | null
  /** How long the licence lasts, if it was approved. */
  readonly days: number
}

const hour = 3_600_000

/** Requests of the last day and a half still wait. */
const waiting = 36 * hour

const purposes = [
  'Cover of the autumn programme',
  'Opening titles of a short film',
  'Wall of the meeting room',
  'Packaging of a tea, small edition',
  'Slides for the yearly meeting',
  'Chart in a school book',
  'Signs in the new library',
  'Background of a podcast, six episodes',
  'Calendar for our customers',
  'Map on the website of the museum',
] as const

const reasons = [
  'The creator keeps print rights.',
  'Not for resale, which this would be.',
  'Another brand holds it this year.',
] as const

const outcomes = ['approved', 'approved', 'approved', 'approved', 'refused', 'refused', 'withdrawn'] as const

/** What members asked for on their visits, the oldest first. */
export function demoRequests(members: readonly DemoMember[], assets: readonly string[], now: number): DemoRequest[] {
  return members
    .filter(({ profile_data }) => 'phone' in profile_data)
    .flatMap(({ id, email, visits: [first, ...later] }) => {
      // Asked on the first visit, and on the last where there was another.
      const times = [first, later.at(-1)].filter(time => time !== undefined)
      return times.map((time, index) => demoRequest(`${email} ${index}`, id, assets.slice(index * 20), time, now))
    })
    .sort((a, b) => a.created_at.getTime() - b.created_at.getTime())
}

function demoRequest(seed: string, userId: string, assets: readonly string[], time: number, now: number): DemoRequest {
  const random = randomFrom(seed)
  const asked = time + random.between(0.1, 0.2) * hour
  const status = now - asked < waiting ? 'pending' : random.pick(outcomes)
  const decided = asked + random.between(1, 30) * hour
  return {
    id: randomUUID(),
    asset_id: assets[random.whole(0, Math.min(assets.length, 20) - 1)] ?? '',
    user_id: userId,
    purpose: random.pick(purposes),
    status,
    reason: status === 'refused' ? random.pick(reasons) : null,
    created_at: new Date(Math.min(asked, now)),
    decided_at: status === 'pending' ? null : new Date(decided),
    days: random.pick([30, 90, 365]),
  }
}
