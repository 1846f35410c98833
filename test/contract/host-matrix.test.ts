// The packed package, installed by npm into fresh hosts: kinds of modules, versions of Node.js, TypeScript and Kysely.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { testDatabase } from '../helpers/postgres.ts'
import { repository } from './support/documents.ts'
import { commonJsHost, commonJsTypes, expected, providerTypes, typescriptHost } from './support/matrix-host.ts'
import { pack, readManifest, registryFault, runPlainly, unpack } from './support/packed.ts'

t.setTimeout(300_000)

const cache = join(repository, 'node_modules/.cache/host-matrix')
const nodes = ['20', '22', '24']
const compilers = { '5.9': '~5.9.0', newest: 'latest' }
const companions = {
  '@fastify/auth': '^5.0.0',
  '@fastify/caching': '^9.0.0',
  '@fastify/cookie': '^11.0.0',
  '@fastify/jwt': '^10.0.0',
  '@fastify/session': '^11.0.0',
  '@types/node': '^20.19.0',
  '@types/pg': '^8.0.0',
  fastify: '^5.0.0',
  pg: '^8.0.0',
}
const own = process.versions.node.split('.')[0] ?? ''

/** Compilers, and the versions of Node.js that this process is not. */
const tools = {
  ...Object.fromEntries(
    Object.entries(compilers).map(([name, range]) => [`typescript-${name}`, `npm:typescript@${range}`]),
  ),
  ...Object.fromEntries(
    nodes
      .filter(node => node !== own)
      .map(node => [`node-${node}`, `npm:node-${process.platform}-${process.arch}@${node}`]),
  ),
}

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
  include: ['host.ts', 'provider.ts', 'types.cts'],
}

const fault = await registryFault()

t.test('fresh hosts', { skip: fault ?? false }, async t => {
  const toolsFolder = await install(t, 'tools', tools, false)
  for (const kysely of ['0.28', '0.29']) {
    const folder = await install(t, `kysely-${kysely}`, { ...companions, kysely: `~${kysely}.0` }, true)
    writeFileSync(join(folder, 'host.ts'), typescriptHost)
    writeFileSync(join(folder, 'types.cts'), commonJsTypes)
    writeFileSync(join(folder, 'provider.ts'), providerTypes(kysely === '0.28' ? 'kysely' : 'kysely/migration'))
    writeFileSync(join(folder, 'host.cjs'), commonJsHost)
    const version = installedVersion(folder, 'kysely')
    for (const name of Object.keys(compilers))
      await compiles(t, folder, join(toolsFolder, 'node_modules', `typescript-${name}`), version)
    for (const node of nodes) {
      const program = node === own ? process.execPath : join(toolsFolder, `node_modules/node-${node}/bin/node`)
      await runs(t, folder, program, 'out/host.js', version)
      await runs(t, folder, program, 'host.cjs', version)
    }
  }
})

/** A cell of types: the declarations of all packages are checked, with those of the host. */
async function compiles(t: Test, folder: string, compiler: string, kysely: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8')) as { version: string }
  const args = [join(compiler, 'bin/tsc'), '-p', '.', '--pretty', 'false']
  const { code, stdout, stderr } = await runPlainly(process.execPath, args, { cwd: folder })
  t.equal(
    code,
    0,
    `TypeScript ${version}, Kysely ${kysely}: ${stdout}${stderr || 'compiles as an ES module and as CommonJS'}`,
  )
}

/** A cell of running: what the host prints with this Node.js. */
async function runs(t: Test, folder: string, node: string, file: string, kysely: string): Promise<void> {
  const { url, drop } = await testDatabase(t, { empty: true })
  const version = (await runPlainly(node, ['--version'], { cwd: folder })).stdout.trim()
  const { code, stdout, stderr } = await runPlainly(node, [file], { cwd: folder, env: { DATABASE_URL: url } })
  const kind = file.endsWith('.cjs') ? 'CommonJS' : 'ES module'
  t.strictSame(code === 0 ? JSON.parse(stdout) : stderr, expected, `Node.js ${version}, Kysely ${kysely}, ${kind}`)
  await drop()
}

/**
 * A folder with these packages, installed once for each set of ranges: the packed package is put in anew at every
 * run, over the same dependencies.
 */
async function install(t: Test, name: string, wanted: Record<string, string>, withPackage: boolean): Promise<string> {
  const { dependencies, peerDependencies } = readManifest()
  const key = createHash('sha256').update(JSON.stringify([wanted, withPackage ? [dependencies, peerDependencies] : []]))
  const folder = join(cache, `${name}-${key.digest('hex').slice(0, 12)}`)
  if (!existsSync(folder)) await installInto(t, `${folder}.part-${process.pid}`, wanted, withPackage, folder)
  if (withPackage) await unpack(await pack(), folder)
  return folder
}

async function installInto(
  t: Test,
  part: string,
  wanted: Record<string, string>,
  withPackage: boolean,
  folder: string,
): Promise<void> {
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  const all = withPackage ? { ...wanted, 'fastify-auth0-users': `file:${await pack()}` } : wanted
  writeFileSync(join(part, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: all }))
  writeFileSync(join(part, 'tsconfig.json'), JSON.stringify(tsconfig))
  const flags = [
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefer-offline',
    '--loglevel=error',
    '--no-package-lock',
  ]
  const { code, stdout, stderr } = await runPlainly('npm', ['install', ...flags], { cwd: part, timeout: 240_000 })
  t.equal(code, 0, `npm install: ${stdout}${stderr || 'done'}`)
  if (code === 0) renameSync(part, folder)
  else rmSync(part, { recursive: true, force: true })
}

function installedVersion(folder: string, name: string): string {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
}
