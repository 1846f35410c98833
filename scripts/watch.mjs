// `npm test -- --watch <files>`: runs the named tests, and again after every change of a source or a test.
import { watch } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { exitIfStopped, root, run } from './run.mjs'

/** Where a change starts the tests anew. */
const folders = ['packages/fastify-auth0-users/src', 'examples/reference-app/src', 'test']

/** Editors write a file in several steps; a run waits until they have been quiet for so long, in milliseconds. */
const quiet = 150

/** Ends with the process only. */
export async function watchAndRun(args) {
  let wake
  let changed = false
  let timer
  for (const folder of folders) {
    watch(join(root, folder), { recursive: true }, () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        changed = true
        wake?.()
      }, quiet)
    })
  }
  for (;;) {
    changed = false
    await run(process.execPath, [join(root, 'scripts/test.mjs'), ...args], {})
    exitIfStopped()
    console.log('waiting for a change; Ctrl-C ends')
    if (!changed) await new Promise(resolve => (wake = resolve))
  }
}
