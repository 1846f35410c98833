// `npm run bench`: what the plugin adds to a request (see bench/README.md).
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { run } from './run.mjs'
import { build } from './steps.mjs'

await ensureInstalled()
if (!(await build())) process.exit(1)

const { code } = await run(process.execPath, ['--expose-gc', 'bench/hit-path.mjs', ...process.argv.slice(2)])
process.exitCode = code
