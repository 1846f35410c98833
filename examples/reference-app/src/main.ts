import cluster from 'node:cluster'
import closeWithGrace from 'close-with-grace'
import { startCluster } from './cluster/primary.ts'
import { runWorker } from './cluster/worker.ts'
import { defaultEnvironment, readConfig } from './config.ts'
import { type Running, start } from './start.ts'
import { StartError } from './start-error.ts'

/** Milliseconds that open requests and the database get to end. */
const stopDelay = 30_000

/** Milliseconds within which a second signal is the same wish: at Ctrl-C npm and the terminal each send one. */
const sameWish = 2000

const signals = ['SIGTERM', 'SIGINT'] as const

// `npm start` without settings is a demonstration; the plugin itself takes an unset NODE_ENV for production.
process.env['NODE_ENV'] ||= defaultEnvironment

if (cluster.isWorker) await runWorker()
else await runFirst()

async function runFirst(): Promise<void> {
  try {
    const config = readConfig(process.env)
    const starting = config.workers > 1 ? startCluster(config) : start(config)
    // With several processes SIGHUP replaces them; alone it ends this one, like SIGTERM.
    stopGracefully(starting, config.workers > 1 ? [...signals, 'SIGHUP'] : signals)
    const { message, restart } = await starting
    if (restart !== undefined) process.on('SIGHUP', () => void restart())
    process.stdout.write(message)
  } catch (error) {
    fail(error)
  }
}

function fail(error: unknown): void {
  const text = error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`\n${text}\n\n`, () => process.exit(1))
}

/**
 * SIGTERM, SIGINT and uncaught errors end the parts in order, also while they are still starting; a
 * second signal later on ends the process at once.
 */
function stopGracefully(starting: Promise<Running>, skip: readonly NodeJS.Signals[]): void {
  const closer = closeWithGrace(
    { delay: stopDelay, logger: false, skip: [...skip] as ('SIGTERM' | 'SIGINT' | 'SIGHUP')[] },
    async ({ err }) => {
      const running = await starting
      if (err) running.log.fatal({ err }, 'stopping after an unexpected error')
      await running.close()
    },
  )
  let first: number | undefined
  const onSignal = (): void => {
    if (first === undefined) closer.close()
    else if (Date.now() - first > sameWish) process.exit(1)
    first ??= Date.now()
  }
  for (const signal of signals) process.on(signal, onSignal)
}
