// All benchmarks that compare, one after the other, in one report. See README.md beside this file.
// `--quick` for two minutes, `--growth` with ten million people as well, `--out=` for another folder than results/,
// `--data=` for a folder whose databases are kept and used again.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { run } from '../scripts/run.mjs'
import { machine } from './lib/machine.mjs'
import { targetTable } from './lib/targets.mjs'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
    data: { type: 'string' },
  },
})
const parts = ['side-by-side', 'hit-path', 'telemetry', 'flood', 'storm', 'memory', 'start']

const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'fastify-auth0-users-suite-'))
const data = options.data === undefined ? join(folder, 'postgres') : resolve(options.data)
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const began = new Date()
const head = machine()
const results = []
for (const part of [...parts, ...(options.growth ? ['growth'] : [])]) results.push(await resultOf(part))
write()

/** Runs one in a process of its own; one that fails ends all. */
async function resultOf(part) {
  const started = performance.now()
  console.error(`- ${part} …`)
  const json = join(folder, `${part}.json`)
  const flags = [...(options.quick && part !== 'growth' ? ['--quick'] : []), `--json=${json}`, `--data=${data}`]
  const { code } = await run(process.execPath, ['--expose-gc', `bench/${part}.mjs`, ...flags])
  if (code > 1) process.exit(code)
  console.error(`- ${part} done (${((performance.now() - started) / 1000).toFixed(0)} s)`)
  return { part, ...JSON.parse(readFileSync(json, 'utf8')) }
}

function write() {
  const targets = results.flatMap(result => result.targets)
  const sections = results.map(({ title, markdown }) => `## ${title}\n\n${markdown}`)
  const markdown = [
    `# Benchmarks, ${began.toISOString().slice(0, 16)} UTC`,
    head.markdown,
    '## Figures to reach',
    targetTable(targets),
    ...sections,
  ].join('\n\n')
  mkdirSync(options.out, { recursive: true })
  const name = `${options.quick ? 'quick' : 'full'}-${began.toISOString().slice(0, 19).replaceAll(':', '')}`
  writeFileSync(join(options.out, `${name}.md`), `${markdown}\n`)
  writeFileSync(
    join(options.out, `${name}.json`),
    `${JSON.stringify({ began, machine: head.values, results }, null, 2)}\n`,
  )
  console.log(markdown)
  console.error(`- written to ${join(options.out, name)}.md and .json`)
}
