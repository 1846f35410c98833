import type { Hooks } from './http/request-hooks.ts'
import type { RouteListing } from './http/route-policy.ts'
import type { KeySetHealth } from './token/types.ts'

/** `app.auth0Users`. */
export interface Auth0Users {
  /** Adds a hook behind those of the same name. */
  addHook<Name extends keyof Hooks>(name: Name, hook: Hooks[Name]): void
  /** Every route in the plugin's scope and what it asks for; complete once the app is ready. */
  routes(): readonly RouteListing[]
  /** Those that anybody may call. */
  publicRoutes(): readonly RouteListing[]
  /** Makes the next request of this person read their row again, in this process. */
  evict(userId: string): void
  /** How the key set of each issuer stands. */
  keys(): readonly KeySetHealth[]
}
