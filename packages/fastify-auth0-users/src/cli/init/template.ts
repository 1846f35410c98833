/** The language that files are written in. */
export type Language = 'typescript' | 'javascript'

/** Text that only one of the languages has: types, their imports, and the endings of files. */
export interface Flavour {
  readonly language: Language
  /** The text in TypeScript, nothing in JavaScript. */
  ts(text: string): string
  /** The ending of source files, `ts`, `js` or `mjs`. */
  readonly ending: string
}

export function flavour(language: Language, javascriptEnding: 'js' | 'mjs' = 'js'): Flavour {
  const typed = language === 'typescript'
  return { language, ts: text => (typed ? text : ''), ending: typed ? 'ts' : javascriptEnding }
}

/** Contents by path, relative to the folder of the app. */
export type Files = Readonly<Record<string, string>>

/** What a written app needs. The versions are those that it was tried with. */
export const dependencies: Readonly<Record<string, string>> = {
  fastify: '^5.12.8',
  kysely: '^0.28.18',
  pg: '^8.23.1',
}

/** What its test and `npm run dev` need. */
export const testDependencies: Readonly<Record<string, string>> = {
  '@electric-sql/pglite': '~0.4.0',
  'kysely-pglite-dialect': '^1.3.1',
}

/** What its compilation needs. */
export const typeDependencies: Readonly<Record<string, string>> = {
  '@types/node': '^20.19.0',
  '@types/pg': '^8.23.1',
  typescript: '^6.0.3',
}

export const envExample = `# The connection string of your PostgreSQL, 13 or newer.
DATABASE_URL=postgresql://user:password@localhost:5432/my_api

# The domain of your Auth0 tenant, and the Identifier of an API in it (Applications, APIs).
AUTH_DOMAIN=tenant.eu.auth0.com
AUTH_AUDIENCE=https://api.example.com
`
