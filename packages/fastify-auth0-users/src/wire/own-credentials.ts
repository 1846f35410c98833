/** Not exported from the package: a host cannot mark a route of its own. */
const mark = Symbol('fastify-auth0-users.ownCredentials')

/**
 * The `config` of a route of this plugin that checks credentials of its own: public for the guard, which does not
 * look at them either, so that they are neither tried as a credential of a user nor counted as refused.
 */
export const ownCredentials: { readonly auth: false } = Object.freeze({ auth: false, [mark]: true })

export function hasOwnCredentials(config: object): boolean {
  return Object.hasOwn(config, mark)
}
