// The pages of the reference app: built by Vite, and only when something that goes into them has changed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { root, step } from './run.mjs'

const app = 'examples/reference-app'
const vite = ['node_modules/vite/bin/vite.js', 'build', '--config', `${app}/vite.config.mjs`]
const stamp = join(root, app, 'dist/pages/.inputs')

/** Whatever a page is made of; the lock file stands for the packages. */
const inputs = [
  `${app}/web`,
  `${app}/vite.config.mjs`,
  'packages/fastify-auth0-users/dist/browser',
  'package-lock.json',
]

/** Builds the pages, unless they are up to date. */
export async function buildPages() {
  const digest = inputDigest()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return true
  const succeeded = await step('building pages', process.execPath, vite)
  if (succeeded) writeFileSync(stamp, digest)
  return succeeded
}

/** The command that builds them anew at every change, in a form for development. */
export function watchPages() {
  // What is there afterwards is no build to serve to anybody else.
  rmSync(stamp, { force: true })
  return [...vite, '--mode', 'development', '--watch']
}

function inputDigest() {
  const hash = createHash('sha256')
  for (const file of inputs.flatMap(filesOf).sort()) hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function filesOf(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
}
