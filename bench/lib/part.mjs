// A benchmark that runs alone or as a part of `npm run bench`: it prints its Markdown, or leaves it to its parent.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { targetTable } from './targets.mjs'

/** The options of the command line; `quick` and `json` are understood by every part. */
export function partOptions(own = {}) {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, data: { type: 'string' }, ...own },
  })
  return values
}

/** @param result `{ title, markdown, targets, figures }`; the last is what JSON readers want besides. */
export function finish({ json }, result) {
  if (json !== undefined) return writeFileSync(json, JSON.stringify(result))
  console.log(`## ${result.title}\n\n${result.markdown}`)
  if (result.targets?.length > 0) console.log(`\n${targetTable(result.targets)}`)
}
