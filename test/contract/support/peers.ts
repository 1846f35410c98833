// Types of packages that are shown in docs/coming-from and are not installed here, as far as the pages use them.

interface Peer {
  /** The module itself. */
  readonly module: string
  /** What it adds to Fastify. */
  readonly fastify?: string
}

const peers: Readonly<Record<string, Peer>> = {
  'fastify-auth0-verify': {
    module: `
      import type { FastifyPluginAsync } from 'fastify'
      const plugin: FastifyPluginAsync<{ domain: string; audience: string | readonly string[] | true; secret?: string }>
      export default plugin`,
    fastify: `
      interface FastifyInstance { authenticate(request: FastifyRequest): Promise<void> }
      interface FastifyRequest { user: unknown }`,
  },
  '@auth0/auth0-fastify-api': {
    module: `
      import type { FastifyPluginAsync } from 'fastify'
      const plugin: FastifyPluginAsync<{ domain: string; audience: string; customFetch?: typeof fetch }>
      export default plugin`,
    fastify: `
      interface FastifyInstance {
        requireAuth(options?: { scopes?: string | string[] }): (request: FastifyRequest) => Promise<void>
      }
      interface FastifyRequest { user: { sub?: string; aud?: string | string[]; iss?: string; scope?: string } }`,
  },
  // Its types are a package of their own.
  express: {
    module: `
      export interface Request { readonly auth?: { readonly payload: { readonly sub?: string } } }
      export interface Response { json(body: unknown): void }
      export type Handler = (request: Request, response: Response, next: () => void) => void
      interface App { use(handler: Handler): void; get(path: string, ...handlers: Handler[]): void }
      export default function express(): App`,
  },
}

/** Declaration files for the packages that a block imports and that are not installed with types, by file name. */
export function declarationsFor(code: string): Record<string, string> {
  const needed = Object.entries(peers).filter(([name]) => code.includes(`from '${name}'`))
  return Object.fromEntries(
    needed.flatMap(([name, { module, fastify }]) => [
      [`${slug(name)}.d.ts`, `declare module '${name}' {${module}\n}\n`],
      ...(fastify === undefined
        ? []
        : [[`${slug(name)}-in-fastify.d.ts`, `import 'fastify'\ndeclare module 'fastify' {${fastify}\n}\n`]]),
    ]),
  )
}

function slug(name: string): string {
  return name.replaceAll(/[^a-z0-9]+/g, '-').replace(/^-/, '')
}
