// Installs the dependencies when node_modules does not hold what package-lock.json asks for.
import './node-version.mjs'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { root, step } from './run.mjs'

/**
 * Runs `npm ci` if needed; ends the process when that fails. `development: false` leaves out what only tests,
 * documentation and benchmarks need [true].
 */
export async function ensureInstalled({ development = true } = {}) {
  if (isInstalled(development)) return
  const [command, ...args] = npm()
  const scope = development ? '--include=dev' : '--omit=dev'
  const flags = ['ci', scope, '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  if (await step('installing dependencies (npm ci)', command, [...args, ...flags])) return
  console.error('The dependencies could not be installed; what npm said stands above.')
  process.exit(1)
}

/** npm records what it installed in a lock file of its own, written last. */
function isInstalled(development) {
  const wanted = readLock(join(root, 'package-lock.json'))
  const present = readLock(join(root, 'node_modules', '.package-lock.json'))
  if (wanted === undefined) throw new Error('package-lock.json is missing or damaged: restore it from the repository')
  if (present === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || (entry.dev === true && !development)) return true
    const found = present[path]
    // Packages for other platforms are in the lock file but never installed.
    if (found === undefined) return entry.optional === true || entry.devOptional === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** The npm that started this script, else the one on the PATH. */
function npm() {
  const path = process.env.npm_execpath
  if (path?.endsWith('npm-cli.js')) return [process.execPath, path]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}
