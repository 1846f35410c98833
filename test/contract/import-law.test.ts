import { join } from 'node:path'
import t from 'tap'
import { importsOf, readSources, type Sources } from './support/imports.ts'
import { breaches } from './support/law.ts'

const folder = join(import.meta.dirname, '../../packages/fastify-auth0-users/src')

t.test('the sources of the plugin keep the import law', async t => {
  const sources = readSources(folder)
  const imports = importsOf(sources)
  t.ok(imports.length > 20, 'imports were found')
  t.strictSame(breaches(sources, imports), [])
})

t.test('every kind of breach is found', async t => {
  const cases: [string, Sources, RegExp][] = [
    ['a room to the right', { 'db/a.ts': "import { b } from '../users/b.ts'" }, /users does not stand left of db/],
    ['a type of a room to the right', { 'db/a.ts': "import type { B } from '../users/b.ts'" }, /does not stand left/],
    ['a type written as import()', { 'db/a.ts': "type A = import('../users/b.ts').B" }, /does not stand left/],
    ['a neighbour of the same row', { 'auth0/a.ts': "import { b } from '../credentials/b.ts'" }, /does not stand left/],
    [
      'options in a room',
      { 'http/a.ts': "import type { O } from '../options/options.ts'" },
      /options does not stand left/,
    ],
    ['a repository of another room', { 'users/a.ts': "import { b } from '../audit/b.repository.ts'" }, /repository/],
    ['export *', { 'index.ts': "export * from './errors.ts'" }, /exports everything/],
    ['export * as', { 'index.ts': "export * as all from './errors.ts'" }, /exports everything/],
    ['Kysely as a value in a service', { 'users/a.ts': "import { sql } from 'kysely'" }, /outside its border/],
    ['get-jwks as a type in users', { 'users/a.ts': "import type { G } from 'get-jwks'" }, /outside its border/],
    ['Fastify as a value in a service', { 'users/a.ts': "import fastify from 'fastify'" }, /outside its border/],
    ['an unknown package', { 'users/a.ts': "import x from 'left-pad/x.js'" }, /no border/],
    ['Node in the browser', { 'browser/a.ts': "import 'node:fs'" }, /in a browser/],
    ['the server in the browser', { 'browser/a.ts': "import type { E } from '../errors.ts'" }, /does not stand left/],
    ['an unknown room', { 'misc/a.ts': '' }, /in no room/],
    ['a ring', { 'db/a.ts': "import './b.ts'", 'db/b.ts': "export { x } from './a.ts'" }, /ring: db\/a/],
    ['a ring of types', { 'db/a.ts': "import type {} from './a.ts'" }, /ring: db\/a/],
    ['a long file', { 'db/a.ts': '\n'.repeat(301) }, /301 lines/],
  ]
  for (const [name, sources, expected] of cases) {
    const found = breaches(sources, importsOf(sources))
    t.equal(found.length, 1, name)
    t.match(found[0], expected, name)
  }
})

t.test('what the law allows is not reported', async t => {
  const sources: Sources = {
    'users/a.ts':
      "import type { Kysely } from 'kysely'\nimport { type FastifyInstance } from 'fastify'\nimport '../db/b.ts'",
    'users/a.repository.ts': "import { sql } from 'kysely'",
    'token/a.ts': "import getJwks from 'get-jwks'\nimport { x } from 'node:crypto'\nimport { r } from './b.ts'",
    'types.ts': "import type { T } from './db/schema.ts'",
    'plugin.ts': "import { resolve } from './options/options.ts'\nimport { listen } from './http/hook.ts'",
  }
  t.strictSame(breaches(sources, importsOf(sources)), [])
})
