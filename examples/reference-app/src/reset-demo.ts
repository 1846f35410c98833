import { parseArgs } from 'node:util'
import { readConfig } from './config.ts'
import { resetDemo } from './demo/reset.ts'
import { StartError } from './start-error.ts'

/** `npm run demo:reset`: everything is deleted and made anew. */
try {
  const { values } = parseArgs({ options: { 'delete-everything-in': { type: 'string' } } })
  const token = await resetDemo(readConfig(process.env), values['delete-everything-in'])
  process.stdout.write(
    `The demonstration is as at the first start. Its platform's token, shown once:\n\n  ${token}\n\n`,
  )
} catch (error) {
  const text = error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`\n${text}\n\n`)
  process.exitCode = 1
}
