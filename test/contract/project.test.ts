// What the project says about itself: promises with their tests, licences, who may be named where.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readPage, readPages, repository } from './support/documents.ts'
import { readManifest, runPlainly } from './support/packed.ts'

t.test('each of the promises names a test that exists', async t => {
  const rows = [...readPage('SECURITY.md').text.matchAll(/^\| (\d+) \| [A-G ]+ \| [^|]+ \| `([^`]+)` \|$/gm)]
  const numbers = rows.map(([, number]) => Number(number))
  t.strictSame(
    numbers.slice(0, 33),
    Array.from({ length: 33 }, (_, n) => n + 1),
  )
  t.strictSame(
    numbers,
    [...new Set(numbers)].toSorted((a, b) => a - b),
    'each once, in order',
  )
  for (const [, number, file = ''] of rows) t.ok(isTestFile(file), `${number}: ${file}`)
})

function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts') && existsSync(join(repository, path))
}

t.test('every path that a page names in test/, scripts/ or src/ exists', async t => {
  // Getting started names the files of the app that it makes.
  for (const page of readPages().filter(({ path }) => path !== 'docs/getting-started.md')) {
    const named = [...page.text.matchAll(/`((?:test|scripts|bench|docs)\/[\w./-]+\.\w+)`/g)].map(
      ([, path = '']) => path,
    )
    const gone = named.filter(path => !existsSync(join(repository, path)))
    t.strictSame(gone, [], page.path)
  }
})

t.test('every licence of a dependency is allowed', async t => {
  const { code, stdout } = await runPlainly(process.execPath, ['scripts/licences.mjs', '--json'], { cwd: repository })
  const { rows, refused } = JSON.parse(stdout) as { rows: { shipped: boolean }[]; refused: unknown[] }
  t.strictSame({ code, refused }, { code: 0, refused: [] })
  t.ok(rows.length > 100 && rows.some(({ shipped }) => shipped), 'licences were read')
})

t.test('the changelog has a place for what comes, and the manifest what a release needs', async t => {
  t.match(readPage('CHANGELOG.md').text, /^## \[Unreleased\]$/m)
  const manifest = readManifest() as unknown as { license: string; publishConfig: object; engines: object }
  t.match(manifest, {
    license: 'MIT',
    publishConfig: { access: 'public', provenance: true },
    engines: { node: '>=20.19' },
  })
})

t.test('the command line is documented both ways', async t => {
  const help = async (...args: string[]) =>
    (
      await runPlainly(process.execPath, ['packages/fastify-auth0-users/dist/cli/index.js', ...args, '--help'], {
        cwd: repository,
      })
    ).stdout
  const commands = (text: string) => [...text.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name = '']) => name)
  const top = commands(await help()).filter(name => name !== 'help' && name !== 'token')
  const tokens = commands(await help('token')).filter(name => name !== 'help')
  const [table = ''] = readPage('docs/cli.md').text.split('`<user>` is the id')
  const documented = [...table.matchAll(/^\| `((?:token )?[a-z-]+)[^`]*` \|/gm)].map(([, name]) => name)
  t.strictSame(documented.sort(), [...top, ...tokens.map(name => `token ${name}`)].sort())
})

t.test('nothing names a registry host or somebody’s machine', async t => {
  const files = [
    ...readPages().map(({ path }) => path),
    ...readdirSync(join(repository, '.github'), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.\w+$/.test(name))
      .map(name => join('.github', name)),
    ...['package.json', 'package-lock.json', '.npmrc', 'packages/fastify-auth0-users/package.json'],
  ]
  const found = files.filter(path =>
    /registry\.|\/root\/|\/home\/\w/.test(readFileSync(join(repository, path), 'utf8')),
  )
  t.strictSame(found, [])
})
