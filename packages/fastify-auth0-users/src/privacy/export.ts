import { freezeView } from '../db/frozen-view.ts'
import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { withSpan } from '../telemetry.ts'
import { runContributor } from './contributors.ts'
import type { ExportContributor } from './options.ts'
import { exportParts } from './rooms.ts'

export interface ExportDeps {
  readonly databases: Databases
  readonly exporters: ReadonlyMap<string, ExportContributor>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * Everything held on a person, as of one moment: the plugin's own parts and the host's
 * contributors, each under its name. Rejects with `A0U_DATABASE_UNAVAILABLE` or `A0U_HOOK_FAILED`.
 */
export async function exportPerson(userId: string, deps: ExportDeps): Promise<Readonly<Record<string, unknown>>> {
  return await withSpan('privacy.export', {}, () =>
    reaching(() =>
      deps.databases.transaction(async (trx, hostTrx) => {
        await freezeView(trx)
        const document: Record<string, unknown> = { exported_at: new Date(deps.now()).toISOString() }
        for (const [name, part] of Object.entries(exportParts)) document[name] = await part.exportFor(trx, userId)
        for (const [name, contributor] of deps.exporters) {
          document[name] = (await runContributor(contributor, hostTrx, userId)) ?? null
        }
        return document
      }),
    ),
  )
}
