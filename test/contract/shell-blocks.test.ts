// Blocks of the documents that are marked as runnable are run, each page's in one empty folder, in order.
// Those of docs/getting-started.md have a test of their own, since they install from a registry.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { testDatabase } from '../helpers/postgres.ts'
import { djangoTables } from './support/django.ts'
import { codeBlocks, readPage, readPages, repository } from './support/documents.ts'
import { emptyFolder, installByLinks, runPlainly } from './support/packed.ts'

t.setTimeout(300_000)

const marks = ['runnable', 'checkout', 'background']
const own = 'docs/getting-started.md'

t.test('runnable blocks succeed', async t => {
  const pages = readPages().filter(page => page.path !== own && codeBlocks(page, 'sh', 'runnable').length > 0)
  t.ok(pages.length >= 2, 'there are some')
  const folder = emptyFolder(t, 'shell-blocks')
  await installByLinks(folder, ['fastify', 'kysely', 'pg'])
  const bin = join(folder, 'node_modules/.bin')
  mkdirSync(bin)
  symlinkSync('../fastify-auth0-users/dist/cli/index.js', join(bin, 'fastify-auth0-users'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  for (const page of pages) {
    const { url, pool } = await testDatabase(t, { empty: true })
    await pool.query(djangoTables)
    for (const block of codeBlocks(page, 'sh', 'runnable')) {
      const env = { DATABASE_URL: url, npm_config_offline: 'true' }
      const { code, stdout, stderr } = await runPlainly('bash', ['-euo', 'pipefail', '-c', block], { cwd: folder, env })
      t.equal(code, 0, `${page.path}: ${block}${stdout}${stderr}`)
    }
  }
})

t.test('no block has a mark that no test knows', async t => {
  const used = readPages().flatMap(({ text }) => [...text.matchAll(/^```sh (.+)$/gm)].map(([, mark = '']) => mark))
  t.strictSame(
    used.filter(mark => !marks.includes(mark)),
    [],
  )
})

t.test('the drill of the operations page passes', async t => {
  const drill = codeBlocks(readPage('docs/operations.md'), 'ts').find(code => code.includes('rotationDrill'))
  t.ok(drill)
  const { url } = await testDatabase(t)
  const folder = join(repository, 'node_modules/.cache/drill')
  mkdirSync(folder, { recursive: true })
  const run = `
import { Kysely as Handle, PostgresDialect } from 'kysely'
import pg from 'pg'
const handle = new Handle<Auth0UsersTables>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: ${JSON.stringify(url)} }) }) })
await rotationDrill(handle)
await handle.destroy()
console.log('the drill passed')
`
  const { transpileModule, ModuleKind, ScriptTarget } = (await import('typescript')).default
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2023 }
  writeFileSync(join(folder, 'drill.mjs'), transpileModule(`${drill}${run}`, { compilerOptions }).outputText)
  const { stdout, stderr } = await runPlainly(process.execPath, ['drill.mjs'], { cwd: folder })
  t.equal(stdout, 'the drill passed\n', stderr)
})
