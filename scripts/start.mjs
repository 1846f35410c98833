// `npm start`: installs what is missing, builds, then becomes the reference app: it runs in this
// very process, so that signals reach it and the exit code is its own.
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { build } from './steps.mjs'

await ensureInstalled({ development: false })
if (!(await build())) process.exit(1)

process.setSourceMapsEnabled(true)
await import('../examples/reference-app/dist/main.js')
