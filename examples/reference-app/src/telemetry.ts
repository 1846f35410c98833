import cluster from 'node:cluster'
import type { Telemetry, TelemetrySettings } from './telemetry-settings.ts'

/**
 * Starts OpenTelemetry's SDK, if it is switched on. Nothing of it is loaded otherwise. To be called before the app
 * is built, so that the spans of Fastify's hooks and routes are seen.
 */
export async function startTelemetry(settings: TelemetrySettings | null): Promise<Telemetry> {
  if (settings === null) return { url: null, stop: async () => {} }
  const { startSdk } = await import('./telemetry-sdk.ts')
  return await startSdk({ ...settings, port: portOfProcess(settings.port) })
}

/** How many workers may be there at once for each place: the old and the new one of a restart. */
const generations = 2

/** A separate port for each worker: behind a shared one every scrape would reach another process. */
function portOfProcess(first: number): number {
  if (cluster.worker === undefined || first === 0) return first
  const workers = Number(process.env['WORKERS'] ?? 1)
  return first + ((cluster.worker.id - 1) % (generations * workers))
}
