// `npm run demo:reset`: the reference app's demonstration data as at its first start.
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { run } from './run.mjs'
import { build } from './steps.mjs'

await ensureInstalled()
if (!(await build())) process.exit(1)

const { code } = await run(process.execPath, ['examples/reference-app/dist/reset-demo.js', ...process.argv.slice(2)])
process.exitCode = code
