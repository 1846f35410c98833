// Runs a step of a scenario and tells what it added to every metric, and which spans it ended.
import type { Metrics, Recorder } from '../../helpers/telemetry.ts'

export interface Step {
  /** What was added, as `name{attributes}`; durations as how many were measured. */
  readonly added: Readonly<Record<string, number>>
  /** Spans by name and attributes, sorted, with how many there were. */
  readonly spans: Readonly<Record<string, number>>
}

/** Values that stand for a state rather than for what happened. */
const states = new Set([
  'jwks.age',
  'token_cache.entries',
  'user_cache.entries',
  'write_queue.entries',
  'change_feed.up',
])

export async function step(recorder: Recorder, work: () => Promise<unknown>): Promise<Step> {
  recorder.takeSpans()
  const before = await recorder.collect()
  await work()
  const added = difference(before, await recorder.collect())
  const spans: Record<string, number> = {}
  for (const { name, attributes } of recorder.takeSpans()) {
    const said = Object.entries(attributes).map(([key, value]) => `${key}=${value}`)
    const key = [name.replace('fastify-auth0-users.', ''), ...said.sort()].join(' ')
    spans[key] = (spans[key] ?? 0) + 1
  }
  return { added, spans }
}

function difference(before: Metrics, after: Metrics): Record<string, number> {
  const added: Record<string, number> = {}
  for (const [name, values] of after) {
    if (states.has(name)) continue
    for (const [attributes, value] of values) {
      const more = value - (before.get(name)?.get(attributes) ?? 0)
      if (more !== 0) added[attributes === '' ? name : `${name} ${attributes}`] = more
    }
  }
  return added
}
