import { openAuthSide } from './auth.ts'
import type { Config } from './config.ts'
import { seedOnce } from './demo/seed.ts'
import type { ServeSettings } from './serve-settings.ts'
import { openStorage } from './storage.ts'

/** What exists once, however many processes serve. */
export interface BackingServices {
  readonly settings: ServeSettings
  /** For the start message. */
  readonly description: { readonly database: string; readonly auth: string }
  /** A token to try the API with. */
  readonly token: string | undefined
  /** Of a platform, when the demonstration was filled just now; it cannot be had again. */
  readonly platformToken: string | undefined
  /** Something that the log should say once there is one. */
  readonly warning: string | undefined
  /** To be called with the address of the app once it listens. */
  onListening(url: string): void
  close(): Promise<void>
}

/** Starts the identity provider's side and the databases. Throws `StartError` with advice. */
export async function openBackingServices(config: Config): Promise<BackingServices> {
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (let end = opened.pop(); end !== undefined; end = opened.pop()) await end()
  }
  try {
    const auth = await openAuthSide(config)
    opened.push(auth.close)
    const storage = await openStorage(config.databases, config.dataDir)
    opened.push(storage.close)
    const settings: ServeSettings = {
      connectionStrings: storage.connectionStrings,
      replicaKeptBy: config.databases.platform_replica.keptBy,
      auth: auth.options,
    }
    const platformToken = config.demoData ? await seedOnce(settings) : undefined
    const description = { database: storage.description, auth: auth.description }
    const onListening = (url: string): void => auth.onListening?.(url)
    return { settings, description, token: auth.token, platformToken, warning: auth.warning, onListening, close }
  } catch (error) {
    await close()
    throw error
  }
}
