import type { FastifyInstance } from 'fastify'

/** A path with and without its trailing slash, unless the host's router treats both alike anyway. */
export function withAndWithoutSlash(scope: FastifyInstance, path: string): string[] {
  const { ignoreTrailingSlash, routerOptions } = scope.initialConfig as {
    readonly ignoreTrailingSlash?: boolean
    readonly routerOptions?: { readonly ignoreTrailingSlash?: boolean }
  }
  return ignoreTrailingSlash || routerOptions?.ignoreTrailingSlash ? [`${path}/`] : [`${path}/`, path]
}
