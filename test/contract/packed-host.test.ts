// The package as a host gets it: packed, unpacked into an empty project, compiled there and run.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { testDatabase } from '../helpers/postgres.ts'
import { codeBlocks, readPage, repository } from './support/documents.ts'
import { emptyFolder, installByLinks } from './support/packed.ts'

const run = promisify(execFile)

/** What the commands of the README install beside the package, and the types that go with it. */
const beside = ['fastify', 'kysely', 'pg', '@types/node', '@types/pg']

/**
 * TypeScript 7; with 6, documents.test.ts compiles the examples and all declarations. Not `bin/tsc`,
 * since what tap preloads cannot load a module without an ending.
 */
const compiler = join(repository, 'node_modules/@typescript/native/lib/tsc.js')

const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    types: ['node'],
    outDir: 'out',
  },
  include: ['*.ts'],
}

const imports = `
import Fastify from 'fastify'
import auth0Users, { type Auth0UsersTables } from 'fastify-auth0-users'
import { newTabStorage } from 'fastify-auth0-users/browser'
import { migrate } from 'fastify-auth0-users/migrations'
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
`

const requires = `
const Fastify = require('fastify')
const auth0Users = require('fastify-auth0-users').default
const { newTabStorage } = require('fastify-auth0-users/browser')
const { migrate } = require('fastify-auth0-users/migrations')
const { startLocalIssuer } = require('fastify-auth0-users/testing')
const { Kysely, PostgresDialect } = require('kysely')
const pg = require('pg')
`

/** A host that asks itself three things and prints the answers as JSON. */
const main = (tables: string): string => `
async function main() {
  const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] })
  const db = new Kysely${tables}({ dialect: new PostgresDialect({ pool }) })
  await migrate(db)
  const issuer = await startLocalIssuer()
  const app = Fastify()
  await app.register(auth0Users, { domain: issuer.domain, audience: issuer.audience, db })
  app.get('/hello', async request => ({ hello: request.getUser().username }))
  app.get('/healthz', { config: { auth: false } }, async () => ({ status: 'ok' }))

  const authorization = 'Bearer ' + (await issuer.token({ sub: 'auth0|ada' }))
  const open = await app.inject('/healthz')
  const refused = await app.inject('/hello')
  const hello = await app.inject({ url: '/hello', headers: { authorization } })
  await app.close()
  await issuer.close()
  await db.destroy()
  const statuses = [open.statusCode, refused.statusCode, hello.statusCode]
  console.log(JSON.stringify({ statuses, hello: hello.json(), browser: typeof newTabStorage }))
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
`

const expected = { statuses: [200, 401, 200], hello: { hello: 'auth0.ada' }, browser: 'function' }

t.test('a host with nothing but the package and its peers compiles and runs', async t => {
  const folder = await project(t)
  const [example = ''] = codeBlocks(readPage('README.md'), 'ts')
  writeFileSync(join(folder, 'example.ts'), example)
  writeFileSync(join(folder, 'host.ts'), `${imports}${main('<Auth0UsersTables>')}`)
  writeFileSync(join(folder, 'wrong.ts'), `${imports}export const wrong = Fastify().register(auth0Users, { db: 5 })\n`)
  writeFileSync(join(folder, 'host.cjs'), `${requires}${main('')}`)

  const output = await compile(folder)
  t.match(output, /^wrong\.ts.*error TS/m, 'an error would be reported')
  t.strictSame(
    output.split('\n').filter(line => line.includes('error TS') && !line.startsWith('wrong.ts')),
    [],
    'there is none in the example of the README, the host, and the declarations of all packages',
  )
  t.strictSame(await answers(t, folder, 'out/host.js'), expected, 'as an ES module')
  t.strictSame(await answers(t, folder, 'host.cjs'), expected, 'as CommonJS, by require')
})

/** An ES module project with the packed package in it; links stand for what npm would fetch. */
async function project(t: Test): Promise<string> {
  const folder = emptyFolder(t, 'packed-host')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  await installByLinks(folder, beside)
  return folder
}

/** What the compiler prints; it compiles also where it finds errors. */
async function compile(folder: string): Promise<string> {
  try {
    return (await run(process.execPath, [compiler, '-p', '.', '--pretty', 'false'], { cwd: folder })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return stdout + stderr
  }
}

/** What a host prints, on an empty database. */
async function answers(t: Test, folder: string, file: string): Promise<unknown> {
  const { url } = await testDatabase(t, { empty: true })
  const env = { PATH: process.env['PATH'], DATABASE_URL: url }
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env })
  return JSON.parse(stdout)
}
