// What the hot queries and requests cost as accounts_user grows. See README.md beside this file.
// `--sizes=10000,1000000,10000000`, `--calls=3000` a query and size, `--rounds=60` of the load, `--data=` for a folder
// whose databases are kept and used again.
import process, { version } from 'node:process'
import { measureCalls } from './growth/calls.mjs'
import { activePeople, measureLoad } from './growth/load.mjs'
import { accessTable, broken, growthTargets, sizeTable } from './growth/report.mjs'
import { refuse, wholeNumber, wholeNumbers } from './lib/args.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { peopleDatabase } from './lib/people.mjs'
import { openHandle, openPostgres, versionOf } from './lib/postgres.mjs'
import { count } from './lib/table.mjs'

const options = partOptions({
  sizes: { type: 'string' },
  calls: { type: 'string' },
  rounds: { type: 'string' },
})
const { quick } = options
const sizes = wholeNumbers('sizes', options.sizes ?? (quick ? '10000,100000' : '10000,1000000,10000000'), activePeople)
if (sizes.some((size, place) => place > 0 && size <= sizes[place - 1])) refuse('--sizes must ascend')
const calls = wholeNumber('calls', options.calls ?? (quick ? '200' : '3000'), 100)
const rounds = wholeNumber('rounds', options.rounds ?? (quick ? '20' : '60'), 4)

const postgres = await openPostgres({ name: 'growth', data: options.data })
try {
  const databases = []
  for (const size of sizes) databases.push(open(size, await peopleDatabase(postgres, size)))
  const queries = await measureCalls(databases, calls)
  const loads = await measureLoad(databases, rounds)
  finish(options, resultOf(queries, loads, await versionOf(databases[0].pool)))
  for (const { db } of databases) await db.destroy()
} finally {
  await postgres.close()
}

/** One connection; the statements since the last `takeStatements` are kept. */
function open(size, url) {
  const ran = []
  const { db, pool } = openHandle(url, 1, ({ query }) => ran.push(query))
  return { size, url, db, pool, takeStatements: () => ran.splice(0) }
}

function resultOf(queries, loads, server) {
  const faults = broken(queries, loads)
  const sections = [
    `Node.js ${version}, PostgreSQL ${server}. All sizes lie in one server and are measured in turn, in short slices; the ratios are medians of the ratios of neighbouring slices, with their quartiles.`,
    `### Requests: microseconds each, 50 connections, ${count(activePeople)} active people`,
    sizeTable(loads, { digits: 1, withPages: false }),
    `### Queries: milliseconds each, one connection, ${count(calls)} calls`,
    'Pages: those of PostgreSQL (8 KiB) that one call touches, in its cache or not.',
    sizeTable(queries, { digits: 3, withPages: true }),
    '### Access nodes',
    accessTable(queries),
    faults.length === 0 ? 'No Seq Scan, and no path moved by 20 %.' : `BROKEN:\n- ${faults.join('\n- ')}`,
  ]
  if (faults.length > 0) process.exitCode = 1
  return { title: 'Growth', markdown: sections.join('\n\n'), targets: growthTargets(loads) }
}
