import type { Auth0UsersTables } from './db/schema.ts'

/**
 * Widened by the host through declaration merging, so that its own types flow through everything:
 *
 * ```ts
 * declare module 'fastify-auth0-users' {
 *   interface Auth0UsersTypes {
 *     profile: Static<typeof Profile>
 *     permission: 'digital_pr.digital_pr' | 'store.view_asset'
 *     stepUp: 'strong' | 'recent'
 *     database: Database
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: hosts widen it
export interface Auth0UsersTypes {}

/** The host's Kysely `Database`, as hooks see it on their transaction. */
export type HostDatabaseTypes = Auth0UsersTypes extends { database: infer D extends Auth0UsersTables }
  ? D
  : Auth0UsersTables

/** The name of a level of the option `stepUp`. */
export type StepUpName = Auth0UsersTypes extends { stepUp: infer N extends string } ? N : string

/** The type of `profile_data`. */
export type Profile = Auth0UsersTypes extends { profile: infer P } ? P : Record<string, unknown>

/** A permission name, of Django's form (`app_label.codename`) or Auth0's (`read:reports`). */
export type Permission = Auth0UsersTypes extends { permission: infer P extends string } ? P : string
