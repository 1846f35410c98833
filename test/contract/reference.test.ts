// The API reference is made of docstrings: every export has one, and every example in one compiles.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { compile, createProgram } from './support/compile.ts'
import { readPage, repository } from './support/documents.ts'
import { readSources } from './support/imports.ts'

const packageFolder = join(repository, 'packages/fastify-auth0-users')

function entries(): string[] {
  return subpaths().map(([, file]) => file)
}

/** Each subpath with its declaration file. */
function subpaths(): (readonly [string, string])[] {
  const { exports } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types: string }>
  }
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [[subpath, join(packageFolder, target.types)] as const],
  )
}

t.test('every export is documented', async t => {
  const files = entries()
  const program = createProgram(files)
  const checker = program.getTypeChecker()
  let count = 0
  const undocumented = files.flatMap(file => {
    const source = program.getSourceFile(file)
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
    const names = module === undefined ? [] : checker.getExportsOfModule(module)
    count += names.length
    return names.filter(name => documentation(checker, name) === '').map(({ name }) => `${name} in ${file}`)
  })
  t.ok(count > 60, 'exports were found')
  t.strictSame(undocumented, [])
})

function documentation(checker: ts.TypeChecker, name: ts.Symbol): string {
  const symbol = (name.flags & ts.SymbolFlags.Alias) === 0 ? name : checker.getAliasedSymbol(name)
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim()
}

t.test('every export stands on the page of the API, and no other', async t => {
  const program = createProgram(entries())
  const checker = program.getTypeChecker()
  for (const [subpath, file] of subpaths()) {
    const source = program.getSourceFile(file)
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
    const exported = module === undefined ? [] : checker.getExportsOfModule(module).map(({ name }) => name)
    const title = join('fastify-auth0-users', subpath)
    const [section = ''] = readPage('docs/api.md').text.split(`\n## ${title}\n`)[1]?.split('\n## ') ?? []
    const documented = [...section.matchAll(/^\| `(\w+)` \| \S/gm)].map(([, name = '']) => name)
    t.strictSame(documented.sort(), exported.sort(), title)
  }
})

/** What the examples take for granted: the app around them. An example that declares one itself hides it. */
const surroundings = `
import type { FastifyInstance } from 'fastify'
import type { Auth0UsersOptions, Auth0UsersTables } from 'fastify-auth0-users'
import type { Kysely } from 'kysely'
declare global {
  const app: FastifyInstance
  const db: Kysely<Auth0UsersTables>
  const auth0Users: typeof import('fastify-auth0-users').default
  const testToken: typeof import('fastify-auth0-users/testing').testToken
  const secret: string
  const Type: typeof import('@sinclair/typebox').Type
  type Static<T extends import('@sinclair/typebox').TSchema> = import('@sinclair/typebox').Static<T>
  const Profile: import('@sinclair/typebox').TObject
  interface Database extends Auth0UsersTables {}
  const options: Auth0UsersOptions
}
`

t.test('every example in a docstring compiles', async t => {
  const examples = Object.entries(readSources(join(packageFolder, 'src'))).flatMap(([path, text]) =>
    examplesOf(text).map((code, n) => [`${path.replaceAll(/[/.]/g, '-')}-${n + 1}.ts`, code] as const),
  )
  t.ok(examples.length >= 5, 'examples were found')
  for (const [name, code] of examples) {
    const file = { 'surroundings.ts': surroundings, [name]: `${code}\nexport {}\n` }
    t.strictSame(compile('docstrings', file), { 'surroundings.ts': [], [name]: [], '*': [] }, name)
  }
  const wrong = {
    'surroundings.ts': surroundings,
    'wrong.ts': 'await app.register(auth0Users, { db: 5 })\nexport {}\n',
  }
  t.not(compile('docstrings', wrong)['wrong.ts']?.length, 0, 'an error would be found')
})

/** The fenced TypeScript in its comments, without the stars. */
function examplesOf(text: string): string[] {
  const comments = [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].map(([comment]) => comment.replaceAll(/^ *\* ?/gm, ''))
  return comments.flatMap(comment => [...comment.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code))
}
