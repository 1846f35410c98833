// `npm run licences`: the licences of everything that is installed with the package, and of the tools beside it.
// Ends with 1 when one of them is not in the list of those that are allowed.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { root } from './run.mjs'

/** For what hosts install: use, change and ship, with a notice at the most. */
const allowedInPackage = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PostgreSQL',
])

/** For tools, which are not shipped, these as well. */
const allowedInTools = new Set([
  ...allowedInPackage,
  'CC-BY-3.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'MIT-0',
  'MPL-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
])

/** What these say in a file rather than in their `package.json`; looked up by hand. */
const readByHand = { 'jsonc-simple-parser': 'MIT' }

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
const inPackage = reachable('packages/fastify-auth0-users')
const rows = Object.keys(lock)
  .filter(path => path.includes('node_modules/') && lock[path].link !== true)
  .map(path => ({ path, licence: licenceOf(path), shipped: inPackage.has(path) }))
const refused = rows.filter(({ licence, shipped }) => !allows(licence, shipped ? allowedInPackage : allowedInTools))

if (process.argv.includes('--json')) console.log(JSON.stringify({ rows, refused }))
else print()
process.exitCode = refused.length === 0 ? 0 : 1

function print() {
  console.log('Installed with the package:')
  for (const { path, licence } of rows.filter(row => row.shipped))
    console.log(`  ${licence.padEnd(14)} ${nameOf(path)}`)
  console.log('Tools, by licence:')
  for (const [licence, all] of [...toolsByLicence()].sort()) console.log(`  ${licence.padEnd(24)} ${all.length}`)
  for (const { path, licence } of refused) console.error(`not allowed: ${licence} (${nameOf(path)})`)
}

function toolsByLicence() {
  const groups = new Map()
  for (const row of rows.filter(({ shipped }) => !shipped))
    groups.set(row.licence, [...(groups.get(row.licence) ?? []), row])
  return groups
}

/** What npm wrote into the lock file, or what the package itself says. */
function licenceOf(path) {
  const entry = lock[path]
  if (entry.license !== undefined) return entry.license
  const manifest = join(root, path, 'package.json')
  if (!existsSync(manifest)) return 'unknown'
  const { license, licenses } = JSON.parse(readFileSync(manifest, 'utf8'))
  return license?.type ?? license ?? licenses?.[0]?.type ?? readByHand[nameOf(path).split(' ')[0]] ?? 'unknown'
}

/** `(MIT OR GPL-3.0)` allows a choice, `MIT AND Zlib` none. */
function allows(licence, allowed) {
  const bare = licence.replaceAll(/[()]/g, '')
  if (bare.includes(' OR ')) return bare.split(' OR ').some(one => allowed.has(one.trim()))
  return bare.split(' AND ').every(one => allowed.has(one.trim()))
}

function nameOf(path) {
  return `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)} ${lock[path].version}`
}

/** Everything that is installed for a package of the workspace, its peers included. */
function reachable(workspace) {
  const found = new Set()
  const walk = (name, from) => {
    const path = candidates(name, from).find(one => lock[one] !== undefined)
    if (path === undefined || found.has(path)) return
    found.add(path)
    for (const next of Object.keys(lock[path].dependencies ?? {})) walk(next, path)
  }
  const { dependencies, peerDependencies } = lock[workspace]
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) walk(name, workspace)
  return found
}

/** Where Node.js would look, from the inside out. */
function candidates(name, from) {
  const parts = from.split('/node_modules/')
  const inner = parts.map((_, n) => `${parts.slice(0, parts.length - n).join('/node_modules/')}/node_modules/${name}`)
  return [...inner, `node_modules/${name}`]
}
