import closeWithGrace from 'close-with-grace'
import { readConfig } from './config.ts'
import { type Running, start } from './start.ts'
import { StartError } from './start-error.ts'

/** Milliseconds that open requests and the database get to end. */
const stopDelay = 30_000

/** Milliseconds within which a second signal is the same wish: at Ctrl-C npm and the terminal each send one. */
const sameWish = 2000

const signals = ['SIGTERM', 'SIGINT'] as const

try {
  const starting = start(readConfig(process.env))
  stopGracefully(starting)
  process.stdout.write((await starting).message)
} catch (error) {
  fail(error)
}

function fail(error: unknown): void {
  const text = error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`\n${text}\n\n`, () => process.exit(1))
}

/**
 * SIGTERM, SIGINT and uncaught errors end the parts in order, also while they are still starting; a
 * second signal later on ends the process at once.
 */
function stopGracefully(starting: Promise<Running>): void {
  const closer = closeWithGrace({ delay: stopDelay, logger: false, skip: [...signals] }, async ({ err }) => {
    const running = await starting
    if (err) running.log.fatal({ err }, 'stopping after an unexpected error')
    await running.close()
  })
  let first: number | undefined
  const onSignal = (): void => {
    if (first === undefined) closer.close()
    else if (Date.now() - first > sameWish) process.exit(1)
    first ??= Date.now()
  }
  for (const signal of signals) process.on(signal, onSignal)
}
