/** The subpath `fastify-auth0-users/migrations`. */
export type { TableOptions } from '../handle.ts'
export { migrate } from '../migrate.ts'
export type { Migration, MigrationProvider } from './migration.ts'
export { migrations } from './provider.ts'
