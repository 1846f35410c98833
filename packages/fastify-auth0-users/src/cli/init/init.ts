import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { failure, usageFault } from '../failure.ts'
import type { Report, Terminal } from '../terminal.ts'
import { existingApp } from './existing-app.ts'
import { newApp, scripts } from './new-app.ts'
import {
  dependencies,
  type Files,
  type Flavour,
  flavour,
  type Language,
  testDependencies,
  typeDependencies,
} from './template.ts'

export interface InitOptions {
  /** Write JavaScript [TypeScript; in an app that is there, what the app is written in]. */
  readonly javascript?: boolean
  readonly json?: boolean
}

/** What is read of the host's `package.json`. */
interface Manifest {
  readonly type?: unknown
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, unknown>>
}

/**
 * Writes a minimal app into a folder, or, where a Fastify app is there, the plugin into it. A file that is
 * there is never touched, so it can be run again. Needs no database and no network.
 *
 * @param folder relative to the working directory; made where it is missing.
 * @param version of this package, for the written `package.json`.
 */
export function init({ cwd }: Terminal, folder: string, { javascript = false }: InitOptions, version: string): Report {
  const target = resolve(cwd, folder)
  const manifest = readManifest(target)
  const plan = isFastifyApp(target, manifest)
    ? intoApp(target, manifest, javascript)
    : asNewApp(target, javascript, version)
  const kept = Object.keys(plan.files).filter(path => existsSync(join(target, path)))
  const wrote = Object.entries(plan.files).filter(([path]) => !kept.includes(path))
  for (const [path, text] of wrote) write(join(target, path), text)

  const next = [...(manifest === null ? ['npm install'] : additions(manifest, plan, version)), ...plan.next]
  return {
    ok: true,
    lines: [
      ...wrote.map(([path]) => `wrote       ${path}`),
      ...kept.map(path => `left alone  ${path}`),
      'next:',
      ...next.map(step => `  ${step}`),
    ],
    fields: { kind: plan.kind, language: plan.flavour.language, wrote: wrote.map(([path]) => path), kept, next },
  }
}

interface Plan {
  readonly kind: 'new' | 'existing'
  readonly flavour: Flavour
  readonly files: Files
  readonly next: readonly string[]
}

function asNewApp(target: string, javascript: boolean, version: string): Plan {
  const chosen = flavour(javascript || existsSync(join(target, 'src/app.js')) ? 'javascript' : 'typescript')
  return {
    kind: 'new',
    flavour: chosen,
    files: newApp(chosen, packageName(target), version),
    next: [
      'npm test        # four tests, without Auth0 and without a PostgreSQL server',
      'npm run dev     # prints a curl command with a valid token',
      'cp .env.example .env, fill it in, npm start',
    ],
  }
}

function intoApp(target: string, manifest: Manifest | null, javascript: boolean): Plan {
  const language: Language = javascript || !existsSync(join(target, 'tsconfig.json')) ? 'javascript' : 'typescript'
  const chosen = flavour(language, manifest?.type === 'module' ? 'js' : 'mjs')
  const base = existsSync(join(target, 'src')) ? 'src/' : ''
  const place = `${base}auth0-users/plugin`
  const run =
    language === 'javascript'
      ? `node --test ${place}.test.${chosen.ending}`
      : `run ${place}.test.ts with your tests: it needs node:test and nothing else`
  return {
    kind: 'existing',
    flavour: chosen,
    files: existingApp(chosen, base),
    next: [
      run,
      `where the app is built, before its routes: await registerAuth0Users(app, db), from ${place}.${chosen.ending}`,
      'set AUTH_DOMAIN and AUTH_AUDIENCE; where it was left alone, add both to .env.example',
    ],
  }
}

/** Whether there is an app that this command did not write. */
function isFastifyApp(target: string, manifest: Manifest | null): boolean {
  if (manifest?.dependencies?.['fastify'] === undefined) return false
  return !['ts', 'js'].some(ending => ['app', 'dev', 'migrations'].every(name => isOurs(target, `${name}.${ending}`)))
}

function isOurs(target: string, name: string): boolean {
  const path = join(target, 'src', name)
  return existsSync(path) && readFileSync(path, 'utf8').includes("from 'fastify-auth0-users")
}

/** What a `package.json` that is left alone still lacks, as commands. */
function additions(manifest: Manifest, { kind, flavour: chosen }: Plan, version: string): string[] {
  const there = { ...manifest.dependencies, ...manifest.devDependencies }
  const lacking = (wanted: Readonly<Record<string, string>>): string[] =>
    Object.entries(wanted).flatMap(([name, range]) => (Object.hasOwn(there, name) ? [] : [`${name}@${range}`]))
  const needed = lacking({ ...dependencies, 'fastify-auth0-users': `^${version}` })
  const forTests = lacking({ ...testDependencies, ...(chosen.language === 'typescript' ? typeDependencies : {}) })
  const fields = Object.entries(scripts(chosen)).flatMap(([name, script]) =>
    manifest.scripts?.[name] === script ? [] : [`scripts.${name}="${script}"`],
  )
  const type = manifest.type === 'module' ? [] : ['type=module']
  return [
    ...(kind === 'new' && fields.length + type.length > 0 ? [`npm pkg set ${[...type, ...fields].join(' ')}`] : []),
    ...(needed.length > 0 ? [`npm install ${needed.join(' ')}`] : []),
    ...(forTests.length > 0 ? [`npm install --save-dev ${forTests.join(' ')}`] : []),
  ]
}

function readManifest(target: string): Manifest | null {
  const path = join(target, 'package.json')
  if (!existsSync(path)) return null
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    throw failure('package.json here is not JSON: correct it first', error)
  }
  throw usageFault('package.json here holds no object: correct it first')
}

/** The folder's name as npm allows it. */
function packageName(target: string): string {
  const name = basename(target)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return name === '' ? 'my-api' : name
}

/** Makes a file, never over one that is there: it could have come into being since. */
function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { flag: 'wx' })
}
