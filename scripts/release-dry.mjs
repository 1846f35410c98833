// `npm run release:dry`: everything of a release but the publishing. Builds, packs, checks the package as
// publint and attw see it, measures it, and shows what would be sent. Asks no registry.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { root, step } from './run.mjs'
import { compiler } from './steps.mjs'

const folder = join(root, '.data/release')
const packageFolder = join(root, 'packages/fastify-auth0-users')
const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))

await ensureInstalled()
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const tarball = join(folder, `${manifest.name}-${manifest.version}.tgz`)
const succeeded =
  (await compile()) && (await pack()) && (await publint()) && (await types()) && changelog() && (await publish())
if (succeeded) report()
process.exitCode = succeeded ? 0 : 1

function compile() {
  return step('building', process.execPath, [compiler, '-b', packageFolder])
}

function pack() {
  const flags = ['--ignore-scripts', '--pack-destination', folder]
  return step('packing', 'npm', ['pack', '--workspace', manifest.name, ...flags])
}

function publint() {
  return step('publint', process.execPath, ['node_modules/publint/src/cli.js', 'run', tarball, '--strict'])
}

/** Whether types resolve as the code does, for every kind of host that can load ES modules. */
function types() {
  const attw = 'node_modules/@arethetypeswrong/cli/dist/index.js'
  return step('attw', process.execPath, [attw, tarball, '--profile', 'esm-only', '--no-emoji'])
}

function changelog() {
  const text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
  if (text.includes(`## [${manifest.version}]`) || text.includes('## [Unreleased]')) return true
  console.error(`CHANGELOG.md has neither a section ${manifest.version} nor one of what is unreleased`)
  return false
}

/** Provenance can only be made by the CI of a code host, from its identity. */
function publish() {
  const flags = ['--dry-run', '--provenance=false', '--ignore-scripts', '--offline', '--tag', 'next']
  return step('npm publish --dry-run', 'npm', ['publish', tarball, ...flags])
}

function report() {
  const unpacked = sizeOf(join(packageFolder, 'dist')) + sizeOf(join(packageFolder, 'src'))
  const closure = dependencies()
  console.log(`tarball            ${kilobytes(statSync(tarball).size)}`)
  console.log(`unpacked           ${kilobytes(unpacked)}`)
  console.log(
    `with dependencies  ${kilobytes(unpacked + closure.size)} in ${closure.count + 1} packages, without fastify and kysely`,
  )
  for (const subpath of ['', '/testing', '/browser', '/migrations']) {
    const name = `${manifest.name}${subpath}`
    console.log(`import             ${milliseconds(importTime(name))}  ${name}`)
  }
  console.log(`                   ${milliseconds(importTime('fastify'))}  fastify alone, to compare`)
}

/** Everything that is installed for the package and not for its peers. */
function dependencies() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const peers = reachable(lock, Object.keys(manifest.peerDependencies))
  const own = [...reachable(lock, Object.keys(manifest.dependencies))].filter(path => !peers.has(path))
  return { count: own.length, size: own.reduce((sum, path) => sum + sizeOf(join(root, path)), 0) }
}

/** Paths of the lock file that these names and what they depend on stand for. */
function reachable(lock, names) {
  const found = new Set()
  const walk = (name, from) => {
    const path = [`${from}/node_modules/${name}`, `node_modules/${name}`].find(one => lock[one] !== undefined)
    if (path === undefined || found.has(path)) return
    found.add(path)
    for (const next of Object.keys(lock[path].dependencies ?? {})) walk(next, path)
  }
  for (const name of names) walk(name, 'packages/fastify-auth0-users')
  return found
}

function sizeOf(path) {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return files
    .filter(({ name }) => name !== '.tsbuildinfo')
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

/** Milliseconds of the median of five imports, each in a process of its own. */
function importTime(name) {
  const code = `const t = performance.now(); await import('${name}'); console.log(performance.now() - t)`
  const times = Array.from({ length: 5 }, () =>
    Number(spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, encoding: 'utf8' }).stdout),
  )
  return times.sort((a, b) => a - b)[2]
}

function kilobytes(bytes) {
  return `${Math.round(bytes / 1024)} kB`.padStart(8)
}

function milliseconds(time) {
  return `${Math.round(time)} ms`.padStart(8)
}
