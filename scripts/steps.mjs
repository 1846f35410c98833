// The steps that the commands are made of; each prints one progress line and answers whether it succeeded.
import process from 'node:process'
import { step } from './run.mjs'

/** The compiler: TypeScript's native build. The package `typescript` itself stays for tools that need its API. */
export const compiler = 'node_modules/@typescript/native/bin/tsc'

/** tap's command line. */
export const tap = 'node_modules/tap/dist/esm/run.mjs'

/** Compiles the plugin and the reference app, what has changed only. */
export function build() {
  return step('building', process.execPath, [compiler, '-b', 'examples/reference-app'])
}

/** Types of the tests; those of the plugin and the app are checked by the build. */
export function checkTypes() {
  return step('checking types', process.execPath, [compiler, '-b', 'tsconfig.json', 'test/reference-app'])
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
