import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { run } from '#plugin/cli/program.js'

/* What is written is compiled, started and tested in test/contract/init.test.ts. */

function folder(t: Test, files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'a0u-init-'))
  t.teardown(() => rmSync(path, { recursive: true }))
  mkdirSync(join(path, 'src'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

async function init(cwd: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' }
  const stream = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk)
        done()
      },
    })
  const code = await run(['init', ...args], {
    env: {},
    stdout: stream('out'),
    stderr: stream('err'),
    cwd,
    now: () => 0,
  })
  return { code, ...written }
}

t.test('a new app is told file by file, and a second run leaves it alone', async t => {
  for (const [flags, ending] of [
    [[], 'ts'],
    [['--javascript'], 'js'],
  ] as const) {
    const cwd = folder(t)
    const first = await init(cwd, ...flags)
    t.equal(first.code, 0)
    t.match(first.out, new RegExp(`^wrote {7}src/app\\.${ending}$`, 'm'))
    t.match(first.out, /^next:\n {2}npm install\n {2}npm test/m)
    t.notMatch(first.out, /left alone/)
    const again = await init(cwd, ...flags)
    t.notMatch(again.out, /wrote/)
    t.match(again.out, /^left alone {2}package\.json$/m)
    const { dependencies } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))
    t.ok(dependencies['fastify-auth0-users'])
  }
})

t.test('the name of the folder becomes one that npm allows', async t => {
  const cwd = folder(t)
  await init(cwd, 'Über My_API')
  t.equal(JSON.parse(readFileSync(join(cwd, 'Über My_API/package.json'), 'utf8')).name, 'ber-my-api')
  await init(cwd, 'ß')
  t.equal(JSON.parse(readFileSync(join(cwd, 'ß/package.json'), 'utf8')).name, 'my-api')
})

t.test('in an app that is there the language and the kind of modules are its own', async t => {
  const manifest = (type: string) => JSON.stringify({ type, dependencies: { fastify: '^5.0.0', pg: '^8.0.0' } })
  const typed = folder(t, { 'package.json': manifest('module'), 'tsconfig.json': '{}', '.env.example': 'MINE=1\n' })
  const { out } = await init(typed)
  t.match(out, /^wrote {7}src\/auth0-users\/plugin\.ts$/m)
  t.match(out, /^left alone {2}\.env\.example$/m)
  t.match(out, /^ {2}npm install kysely@\S+ fastify-auth0-users@\S+$/m, 'what is there is not asked for')
  const modules = folder(t, { 'package.json': manifest('module') })
  t.match((await init(modules)).out, /plugin\.js$/m)
  const commonJs = folder(t, { 'package.json': manifest('commonjs') })
  t.match((await init(commonJs)).out, /plugin\.mjs$/m)
})

t.test('a package.json that cannot be read is said, and nothing is written', async t => {
  t.match(await init(folder(t, { 'package.json': '{' })), { code: 1, err: /is not JSON/, out: '' })
  t.match(await init(folder(t, { 'package.json': 'null' })), { code: 2, err: /holds no object/ })
})
