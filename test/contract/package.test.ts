import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import { repository } from './support/documents.ts'
import { importsOf, readSources } from './support/imports.ts'
import { pack, runPlainly } from './support/packed.ts'

const folder = join(repository, 'packages/fastify-auth0-users')

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** Everything that hosts can import as a value. A change here is a change of the public interface. */
const names: Readonly<Record<string, readonly string[]>> = {
  '.': [
    'Auth0UsersError',
    'auditValueHash',
    'changeChannel',
    'databaseReplay',
    'default',
    'isDatabaseUnavailable',
    'modelPermissions',
    'optionsFromEnv',
    'pgChangeFeed',
    'pgliteChangeFeed',
    'redisReplay',
    'securitySchemes',
  ],
  './browser': ['completeRegistration', 'newTabStorage', 'savePending', 'takePending'],
  './migrations': ['migrate', 'migrations'],
  './testing': ['outages', 'startLocalIssuer', 'testToken'],
}

t.test('the subpaths are those of the documents, each with types and code', async t => {
  t.strictSame(Object.keys(manifest.exports).sort(), [...Object.keys(names), './package.json'].sort())
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    const files = typeof target === 'string' ? [target] : [target.types, target.default]
    for (const file of files) t.ok(existsSync(join(folder, file)), `${subpath}: ${file} was built`)
  }
})

t.test('each subpath exports exactly its names, by import and by require', async t => {
  const require = createRequire(join(repository, 'package.json'))
  for (const [subpath, expected] of Object.entries(names)) {
    const specifier = join('fastify-auth0-users', subpath)
    const imported = (await import(specifier)) as Readonly<Record<string, unknown>>
    t.strictSame(Object.keys(imported).sort(), [...expected].sort(), specifier)
    const required = require(specifier) as Readonly<Record<string, unknown>>
    for (const name of expected) t.equal(required[name], imported[name], `${specifier}: require gives the same ${name}`)
  }
})

t.test('Fastify and Kysely are the host’s own', async t => {
  t.strictSame(Object.keys(manifest.peerDependencies).sort(), ['fastify', 'kysely'])
  for (const name of ['fastify', 'kysely', 'pg']) t.notOk(Object.hasOwn(manifest.dependencies, name), name)
})

t.test('the packed files are the build and the sources, nothing of the tests', async t => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const [packed] = JSON.parse(output) as { files: { path: string }[] }[]
  const paths = packed?.files.map(({ path }) => path) ?? []
  for (const path of ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts']) {
    t.ok(paths.includes(path), path)
  }
  const others = paths.filter(path => !/^(dist|src)\/.+\.(js|ts|map)$/.test(path))
  t.strictSame(others.sort(), ['LICENSE', 'README.md', 'package.json'])
})

t.test('every dependency is imported, and everything imported is one', async t => {
  const imported = importsOf(readSources(join(folder, 'src')))
    .filter(({ to, specifier }) => to === null && !specifier.startsWith('node:'))
    .map(({ specifier }) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
  const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]
  t.strictSame([...new Set(imported)].sort(), declared.sort())
})

t.test('publint and attw find nothing in the packed package', async t => {
  const tarball = await pack()
  const publint = ['node_modules/publint/src/cli.js', 'run', tarball, '--strict']
  t.match(await runPlainly(process.execPath, publint, { cwd: repository }), { code: 0, stdout: /All good!/ })
  const attw = ['node_modules/@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only', '--no-emoji']
  const { code, stdout } = await runPlainly(process.execPath, attw, { cwd: repository })
  t.equal(code, 0, stdout)
  t.equal(stdout.match(/^node16 \(from ESM\): OK/gm)?.length, Object.keys(manifest.exports).length, 'every subpath')
})

t.test('what an install may weigh', async t => {
  t.ok(statSync(await pack()).size < 1024 * 1024, 'the tarball is below 1 MB')
  t.ok(Object.keys(manifest.dependencies).length <= 12, 'and brings few packages of its own')
})
