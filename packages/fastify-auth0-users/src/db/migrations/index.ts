/** The subpath `fastify-auth0-users/migrations`. */
export type { TableOptions } from '../handle.ts'
export { migrate } from '../migrate.ts'
export { migrations } from './provider.ts'
