// The import law of docs/architecture.md, as rules over import statements.
import { dirname } from 'node:path'
import { folderCycles } from './folder-cycles.ts'
import type { Import, Sources } from './imports.ts'

/** Rooms from left to right; those of one row do not import one another. */
export const rows: readonly (readonly string[])[] = [
  ['errors', 'types'],
  ['lib'],
  ['telemetry'],
  ['db'],
  ['audit'],
  ['wire'],
  ['token'],
  ['claims'],
  ['hooks', 'change-feed'],
  ['users'],
  ['permissions'],
  ['organizations'],
  ['profile'],
  ['privacy'],
  ['credentials', 'auth0'],
  ['outbox'],
  ['methods'],
  ['http'],
  ['admin'],
  ['health'],
  ['decorators'],
  ['augment'],
  ['wiring'],
  ['options'],
  ['plugin'],
  ['index'],
  ['cli'],
]

/** Subpath exports of their own, beside the order: what they may import, as rooms. */
const aside: Readonly<Record<string, readonly string[]>> = {
  browser: [],
  testing: ['errors', 'types', 'lib', 'db', 'wire', 'token', 'claims', 'users', 'permissions', 'methods', 'options'],
}

const maxLines = 300

type Place = (file: string) => boolean

const inRoom =
  (...rooms: string[]): Place =>
  file =>
    rooms.includes(roomOf(file))
const ending =
  (...ends: string[]): Place =>
  file =>
    ends.some(end => file.endsWith(end))
const either =
  (...places: Place[]): Place =>
  file =>
    places.some(place => place(file))

/** Where each package may be imported as a value. A package that is not here may not be imported at all. */
const borders: Readonly<Record<string, Place>> = {
  'get-jwks': inRoom('token'),
  '@fastify/jwt': inRoom('token'),
  '@opentelemetry/api': inRoom('telemetry'),
  kysely: either(inRoom('db', 'cli'), ending('.repository.ts')),
  commander: inRoom('cli'),
  'yocto-spinner': inRoom('cli'),
  fastify: either(inRoom('http', 'plugin', 'testing'), ending('.routes.ts')),
  'fastify-plugin': inRoom('plugin', 'http'),
  '@fastify/basic-auth': inRoom('methods'),
  '@fastify/cookie': inRoom('credentials'),
  '@fastify/caching': inRoom('wiring', 'plugin'),
  '@sinclair/typebox': inRoom(
    'lib',
    'wire',
    'claims',
    'organizations',
    'profile',
    'privacy',
    'credentials',
    'methods',
    'http',
    'admin',
    'options',
  ),
  jose: inRoom('token', 'auth0', 'testing'),
}

/** Type imports of these are held to the same border; of the others they are free. */
const strictTypes = new Set(['get-jwks', '@fastify/jwt', '@opentelemetry/api'])

/** The folder, or the file itself. */
export function roomOf(file: string): string {
  const [first = ''] = file.split('/')
  return first.replace(/\.ts$/, '')
}

/** Every breach of the law, as sentences; none is an empty list. */
export function breaches(sources: Sources, imports: readonly Import[]): string[] {
  return [
    ...imports.flatMap(one => [...orderBreach(one), ...borderBreach(one), ...shapeBreach(one)]),
    ...unknownRooms(sources),
    ...rings(imports),
    ...folderCycles(imports),
    ...longFiles(sources),
    ...oldNames(sources),
  ]
}

function orderBreach({ from, to, specifier }: Import): string[] {
  if (to === null) return []
  const [left, right] = [roomOf(to), roomOf(from)]
  if (left === right || allowed(left, right) || isTypesOfTables(from, to)) return []
  return [`${from} imports ${specifier}: ${left} does not stand left of ${right}`]
}

function allowed(left: string, right: string): boolean {
  const exceptions = aside[right]
  if (exceptions !== undefined) return exceptions.includes(left)
  const [leftRow, rightRow] = [rowOf(left), rowOf(right)]
  if (left === 'options') return right === 'plugin' || right === 'index'
  return leftRow !== -1 && rightRow !== -1 && leftRow < rightRow
}

function rowOf(room: string): number {
  return rows.findIndex(row => row.includes(room))
}

/** The one exception: `types.ts`, widened by hosts, names the bound of the host's database types. */
function isTypesOfTables(from: string, to: string): boolean {
  return from === 'types.ts' && to === 'db/schema.ts'
}

function borderBreach({ from, to, specifier, typeOnly }: Import): string[] {
  if (to !== null) return []
  if (specifier.startsWith('node:'))
    return roomOf(from) === 'browser' ? [`${from} imports ${specifier} in a browser`] : []
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const border = borders[name]
  if (border === undefined) return [`${from} imports ${specifier}, which has no border in the law`]
  if (border(from) || (typeOnly && !strictTypes.has(name))) return []
  return [`${from} imports ${specifier} outside its border`]
}

function shapeBreach({ from, to, specifier, star }: Import): string[] {
  const found: string[] = []
  if (star) found.push(`${from} exports everything of ${specifier}`)
  if (to?.endsWith('.repository.ts') && roomOf(to) !== roomOf(from)) found.push(`${from} imports the repository ${to}`)
  return found
}

function unknownRooms(sources: Sources): string[] {
  const known = new Set([...rows.flat(), ...Object.keys(aside)])
  return Object.keys(sources).flatMap(file => (known.has(roomOf(file)) ? [] : [`${file} is in no room of the law`]))
}

/** Rings of files, type imports included. */
export function rings(imports: readonly Import[]): string[] {
  const graph = new Map<string, string[]>()
  for (const { from, to } of imports) if (to !== null) graph.set(from, [...(graph.get(from) ?? []), to])
  const done = new Set<string>()
  const found: string[] = []
  function walk(file: string, path: readonly string[]): void {
    const at = path.indexOf(file)
    if (at !== -1) found.push(`ring: ${[...path.slice(at), file].join(' -> ')}`)
    if (at !== -1 || done.has(file)) return
    for (const next of graph.get(file) ?? []) walk(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  return found
}

export function longFiles(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([file, text]) => {
    const lines = text.split('\n').length - 1
    return lines > maxLines ? [`${file} has ${lines} lines, more than ${maxLines}`] : []
  })
}

/** Names that once meant several things; `wiring/` joins modules, and plain nouns name the rest. */
export function oldNames(sources: Sources): string[] {
  return Object.keys(sources).flatMap(file => (/-scope\.ts$/.test(file) ? [`${file} is named a scope`] : []))
}

/** A repository is imported by files of its own folder only. */
export function foreignRepositories(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, to }) => {
    if (to?.endsWith('.repository.ts') !== true || dirname(to) === dirname(from)) return []
    return [`${from} imports the repository ${to}`]
  })
}
