// How long the import of the package and the start of an app with it take. See README.md beside this file.
// `--rounds=20`
import { wholeNumber } from './lib/args.mjs'
import { startChild } from './lib/child.mjs'
import { interleave } from './lib/interleave.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { pairedDifference, summary } from './lib/stats.mjs'
import { spread, table } from './lib/table.mjs'

const options = partOptions({ rounds: { type: 'string' } })
const rounds = wholeNumber('rounds', options.rounds ?? (options.quick ? '5' : '20'), 2)

const stages = ['bare', 'plugin']
const figures = await interleave(stages, rounds, stage => {
  process.env.STAGE = stage
  return startChild('start/child.mjs', import.meta.url).next()
})
finish(options, resultOf())

function resultOf() {
  const [bare, plugin] = stages.map(stage => figures.get(stage))
  const values = (slices, name) => slices.map(slice => slice[name])
  const row = (title, name) => [
    title,
    spread(summary(values(bare, name)), 0),
    spread(summary(values(plugin, name)), 0),
    spread(pairedDifference(values(plugin, name), values(bare, name)), 0),
  ]
  const rows = [
    row('import of Fastify', 'fastify'),
    row('import of Kysely and pg', 'database'),
    row('import of the plugin', 'plugin'),
    row('`app.ready()`', 'ready'),
    row('start of the process until ready', 'all'),
  ]
  return {
    title: 'Start',
    markdown: `${rounds} processes each; milliseconds, medians with quartiles.\n\n${table(['', 'without', 'with the plugin', 'added'], rows)}`,
    targets: [],
  }
}
