// `npx fastify-auth0-users init`, run from the packed package as a host would.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { testDatabase } from '../helpers/postgres.ts'
import { repository } from './support/documents.ts'
import {
  type Ended,
  emptyFolder,
  installByLinks,
  plainEnvironment,
  readManifest,
  runPlainly,
  withoutPreloads,
} from './support/packed.ts'

// Each app starts a PostgreSQL in memory, some seconds of CPU.
t.setTimeout(300_000)

const tools = ['@electric-sql/pglite', 'kysely-pglite-dialect', '@types/node', '@types/pg', 'typescript']
const beside = ['fastify', 'kysely', 'pg', ...tools]

interface Answer {
  readonly ok: boolean
  readonly kind: string
  readonly language: string
  readonly wrote: readonly string[]
  readonly kept: readonly string[]
  readonly next: readonly string[]
}

/** A folder with the packed package; the command is run by the path that npm links as its `bin`. */
async function folderWithPackage(t: Test): Promise<string> {
  const folder = emptyFolder(t, 'init')
  await installByLinks(folder, beside)
  return folder
}

async function init(folder: string, ...args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await runInit(folder, ...args)
  if (code !== 0) throw new Error(stdout + stderr)
  return JSON.parse(stdout) as Answer
}

async function runInit(folder: string, ...args: readonly string[]): Promise<Ended> {
  const program = join(folder, 'node_modules/fastify-auth0-users/dist/cli/index.js')
  return await runPlainly(process.execPath, [program, 'init', '--json', ...args], { cwd: folder })
}

/** What Node's test runner prints. */
async function tested(folder: string, file: string): Promise<string> {
  const { stdout, stderr } = await runPlainly(process.execPath, ['--test', '--test-reporter=tap', file], {
    cwd: folder,
  })
  return stdout + stderr
}

function contents(folder: string, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map(path => [path, readFileSync(join(folder, path), 'utf8')]))
}

/** What a script of the written `package.json` prints; run without npm in between. */
async function script(folder: string, name: string): Promise<string> {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const command = (scripts[name] ?? '').replace('--test', '--test --test-reporter=tap')
  const env = { PATH: `${join(folder, 'node_modules/typescript/bin')}:${process.env['PATH']}` }
  const { stdout, stderr } = await runPlainly('sh', ['-c', command], { cwd: folder, env })
  return stdout + stderr
}

const written = ['app', 'database', 'migrations', 'main', 'dev']

for (const [language, ending, flag] of [
  ['typescript', 'ts', []],
  ['javascript', 'js', ['--javascript']],
] as const) {
  t.test(`an empty folder becomes an app in ${language} that passes its own test and starts`, async t => {
    const folder = await folderWithPackage(t)
    const answer = await init(folder, ...flag)
    t.match(answer, { ok: true, kind: 'new', language, kept: [] })
    const files = [
      'package.json',
      '.env.example',
      ...written.map(name => `src/${name}.${ending}`),
      `test/app.test.${ending}`,
    ]
    for (const file of files) t.ok(answer.wrote.includes(file), file)

    const output = await script(folder, 'test')
    t.match(output, /^# pass 4$/m, output)
    t.match(output, /^# fail 0$/m)
    await t.test('with a PostgreSQL of its own', t => startsOnPostgres(t, folder, language))

    for (const file of answer.wrote) writeFileSync(join(folder, file), `${contents(folder, [file])[file]}\n`)
    const before = contents(folder, answer.wrote)
    const again = await init(folder, ...flag)
    t.match(again, { kind: 'new', language, wrote: [] })
    t.strictSame(again.kept, answer.wrote, 'a second run leaves all of them alone')
    t.strictSame(contents(folder, answer.wrote), before, 'and changes none')
  })
}

/** `npm start`: the main file on a real database; keys of a tenant are asked for by the first token only. */
async function startsOnPostgres(t: Test, folder: string, language: string): Promise<void> {
  const { url } = await testDatabase(t, { empty: true })
  const port = '0'
  writeFileSync(
    join(folder, '.env'),
    `DATABASE_URL=${url}\nAUTH_DOMAIN=http://127.0.0.1:1\nAUTH_AUDIENCE=x\nPORT=${port}\n`,
  )
  const main = language === 'typescript' ? 'dist/src/main.js' : 'src/main.js'
  const child = spawn('sh', ['-c', withoutPreloads, process.execPath, main], {
    cwd: folder,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const address = await listening(child)
  t.equal((await fetch(`${address}/healthz`)).status, 200)
  t.equal((await fetch(`${address}/hello`)).status, 401)
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  t.equal(code, 0, 'it ends by itself when it is told to')
}

/** The address in Fastify's log. */
async function listening(child: ChildProcess): Promise<string> {
  let log = ''
  for await (const chunk of child.stdout ?? []) {
    log += String(chunk)
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(/Server listening at [^"]+/.exec(log)?.[0] ?? '') ?? []
    if (address !== undefined) return address
  }
  throw new Error(`it ended before it listened: ${log}`)
}

t.test('an app that is there keeps its files and gets the plugin beside them', async t => {
  const folder = await folderWithPackage(t)
  mkdirSync(join(folder, 'src'))
  const own = {
    'package.json': '{ "name": "mine", "scripts": { "test": "mine" }, "dependencies": { "fastify": "^5.0.0" } }',
    '.env.example': 'MINE=1\n',
    'src/app.js': "const fastify = require('fastify')\n",
  }
  for (const [path, text] of Object.entries(own)) writeFileSync(join(folder, path), text)

  const answer = await init(folder)
  t.match(answer, { kind: 'existing', language: 'javascript', kept: ['.env.example'] })
  t.strictSame(
    answer.wrote,
    ['src/auth0-users/plugin.mjs', 'src/auth0-users/plugin.test.mjs'],
    'modules in a CommonJS app',
  )
  t.strictSame(contents(folder, Object.keys(own)), own)
  t.match(answer.next[0], /^npm install kysely@\S+ pg@\S+ fastify-auth0-users@\S+$/, 'what is there is not asked for')
  t.match(await tested(folder, 'src/auth0-users/plugin.test.mjs'), /^# pass 1$/m)
  t.match(await init(folder), { kind: 'existing', wrote: [] }, 'a second run writes nothing')
})

t.test('an app in TypeScript gets TypeScript that compiles', async t => {
  const folder = await folderWithPackage(t)
  const compilerOptions = { target: 'es2023', module: 'nodenext', strict: true, skipLibCheck: true, types: ['node'] }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "dependencies": { "fastify": "^5.0.0" } }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['auth0-users'] }))
  const answer = await init(folder)
  t.match(answer, { kind: 'existing', language: 'typescript', wrote: ['.env.example', 'auth0-users/plugin.ts'] })
  const compiler = join(repository, 'node_modules/@typescript/native/bin/tsc')
  t.match(await runPlainly(process.execPath, [compiler, '-p', '.'], { cwd: folder }), { code: 0, stdout: '' })
})

t.test('a package.json without Fastify is left alone, and what it lacks is said', async t => {
  const folder = await folderWithPackage(t)
  writeFileSync(join(folder, 'package.json'), '{ "name": "mine", "type": "commonjs" }')
  const answer = await init(folder, 'there', '--javascript')
  t.ok(answer.wrote.includes('package.json') && existsSync(join(folder, 'there/src/app.js')), 'a folder can be named')
  t.match(await init(folder, '.'), {
    kind: 'new',
    kept: ['package.json'],
    next: [/^npm pkg set type=module scripts\.build="tsc"/],
  })
  t.equal(readFileSync(join(folder, 'package.json'), 'utf8'), '{ "name": "mine", "type": "commonjs" }')

  writeFileSync(join(folder, 'package.json'), 'not JSON')
  const before = readdirSync(folder)
  t.match(await runInit(folder), { code: 1, stdout: /package\.json here is not JSON/ })
  t.strictSame(readdirSync(folder), before)
})

t.test('the written package.json names versions that this project is tested with', async t => {
  const folder = await folderWithPackage(t)
  await init(folder)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { version } = readManifest()
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    const installed = name === 'fastify-auth0-users' ? version : versionOf(name)
    t.equal(
      String(range)
        .replace(/^[\^~]/, '')
        .split('.')[0],
      installed.split('.')[0],
      `${name} ${range}: ${installed}`,
    )
  }
})

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(repository, 'node_modules', name, 'package.json'), 'utf8')).version
}
