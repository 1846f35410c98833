import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { canReach, type Identity } from './identity.ts'
import { stagingRoot } from './places.ts'

/** A PostgreSQL on this machine: `root` holds `bin`, `lib` and `share`. */
export interface Candidate {
  readonly source: 'npm' | 'system'
  readonly root: string
  /** Tells one build from another; names the folder of a copy. */
  readonly version: string
}

/**
 * The folder to run this PostgreSQL from: its own, or a copy in the staging root when the server's
 * user cannot read it there or when library links are missing and cannot be added in place.
 */
export function prepareRoot(
  candidate: Candidate,
  identity: Identity | null,
  staging: () => string = stagingRoot,
): string {
  const { root, source } = candidate
  if (source === 'system') return root
  const readable = probes.every(file => canReach(join(root, file), identity))
  if (readable && linkLibraries(root)) return root
  return stage(candidate, staging())
}

/** One file of each folder that the server reads. */
const probes =
  process.platform === 'win32' ? [] : ['bin/postgres', 'bin/initdb', 'lib', 'share/postgresql/postgres.bki']

function stage({ root, version }: Candidate, staging: string): string {
  const copy = join(staging, `postgres-${version}`)
  if (existsSync(copy)) return copy
  const unfinished = `${copy}.${process.pid}`
  cpSync(root, unfinished, { recursive: true, verbatimSymlinks: true })
  openToAll(unfinished)
  linkLibraries(unfinished)
  try {
    renameSync(unfinished, copy)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(copy)) throw error // else another process was faster with the same copy
  }
  return copy
}

/**
 * Makes the library links that npm packages cannot hold; `pg-symlinks.json` lists them. The
 * package's install script does the same, but npm can be set not to run it. Answers whether all are there.
 */
export function linkLibraries(root: string): boolean {
  const list = join(root, 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  return links.every(({ source, target }) => linkOne(root, source, target))
}

function linkOne(root: string, source: string, target: string): boolean {
  const link = join(dirname(root), target).replace(join(dirname(root), 'native'), root) // the list says native/…, a copy has another name
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) return true
  try {
    symlinkSync(relative(dirname(target), source), link)
    return true
  } catch {
    return lstatSync(link, { throwIfNoEntry: false }) !== undefined // read-only, or made by another process
  }
}

/** Everyone may read the copy, whatever the umask and the modes of the original. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644)
  }
}
