// `npm run bench [-- <name>]`: what the plugin costs; without a name all that compares (see bench/README.md).
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { run } from './run.mjs'
import { build } from './steps.mjs'

const names = [
  ...['suite', 'side-by-side', 'hit-path', 'flood', 'storm', 'memory', 'start', 'telemetry'],
  ...['profile', 'growth', 'soak', 'app-load'],
]
const [first, ...rest] = process.argv.slice(2)
const isNamed = first !== undefined && !first.startsWith('-')
const name = isNamed ? first : 'suite'
const args = isNamed ? rest : process.argv.slice(2)

if (!names.includes(name)) {
  console.error(`There is no benchmark "${name}"; there are ${names.join(', ')}.`)
  process.exit(2)
}
await ensureInstalled()
if (!(await build())) process.exit(1)

const { code } = await run(process.execPath, ['--expose-gc', `bench/${name}.mjs`, ...args])
process.exitCode = code
