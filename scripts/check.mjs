// `npm run check`: types, lint and format, import law. Nothing here needs a database.
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { build, checkImportLaw, checkStyle, checkTypes } from './steps.mjs'

await ensureInstalled()
const results = [await build(), await checkTypes(), await checkStyle(), await checkImportLaw()]
process.exitCode = results.every(Boolean) ? 0 : 1
