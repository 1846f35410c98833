// The steps that the commands are made of; each prints one progress line and answers whether it succeeded.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { root, step } from './run.mjs'
import { buildPages } from './web.mjs'

/** The compiler: TypeScript's native build. The package `typescript` itself stays for tools that need its API. */
export const compiler = 'node_modules/@typescript/native/bin/tsc'

/** tap's command line. */
export const tap = 'node_modules/tap/dist/esm/run.mjs'

/** Compiles the plugin and the reference app, what has changed only, and then the app's pages. */
export async function build() {
  if (!(await step('building', process.execPath, [compiler, '-b', 'examples/reference-app']))) return false
  // npm linked it as a command when it was installed, before this file was there.
  chmodSync(join(root, 'packages/fastify-auth0-users/dist/cli/index.js'), 0o755)
  return await buildPages()
}

/** Types of the tests and of the pages; those of the plugin and the app are checked by the build. */
export function checkTypes() {
  const projects = ['tsconfig.json', 'test/reference-app', 'examples/reference-app/web']
  return step('checking types', process.execPath, [compiler, '-b', ...projects])
}

/** Lint, format and order of imports, warnings included. */
export function checkStyle() {
  const flags = ['ci', '--colors=off', '--max-diagnostics=100', '--error-on-warnings']
  return step('checking lint and format', process.execPath, ['node_modules/@biomejs/biome/bin/biome', ...flags, '.'])
}

/** Which room imports which (docs/architecture.md). */
export function checkImportLaw() {
  const flags = ['--allow-incomplete-coverage', '--reporter=terse']
  return step('checking the import law', process.execPath, [tap, 'test/contract/import-law.test.ts', ...flags])
}
