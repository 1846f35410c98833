// `npm run build`: compiles the plugin and the reference app.
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { build } from './steps.mjs'

await ensureInstalled()
process.exitCode = (await build()) ? 0 : 1
