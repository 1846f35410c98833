// `npm run dev`: the reference app with reload on change: the compiler watches the sources and
// Node.js restarts the app when a compiled file has changed; Vite watches the pages, which load
// themselves anew when they were built.
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { run, stop } from './run.mjs'
import { build, compiler } from './steps.mjs'
import { watchPages } from './web.mjs'

await ensureInstalled()
if (!(await build())) process.exit(1)

const app = 'examples/reference-app/dist/main.js'
const watch = [compiler, '-b', 'examples/reference-app', '--watch', '--preserveWatchOutput']
const compiling = run(process.execPath, watch, { group: true })
const serving = run(process.execPath, ['--enable-source-maps', '--watch', '--watch-preserve-output', app])
const bundling = run(process.execPath, watchPages())

const { code } = await Promise.race([compiling, serving, bundling])
stop()
await Promise.all([compiling, serving, bundling])
process.exitCode = code
