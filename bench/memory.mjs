// What a token and its person take in memory while they are cached. See README.md beside this file.
// `--people=10000` a round, `--rounds=5`
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { wholeNumber } from './lib/args.mjs'
import { startChild } from './lib/child.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { claimsOf, peopleDatabase } from './lib/people.mjs'
import { openPostgres } from './lib/postgres.mjs'
import { median, summary } from './lib/stats.mjs'
import { count, spread, table } from './lib/table.mjs'
import { atMost } from './lib/targets.mjs'

const options = partOptions({ people: { type: 'string' }, rounds: { type: 'string' } })
const people = wholeNumber('people', options.people ?? (options.quick ? '2000' : '10000'), 1000)
const rounds = wholeNumber('rounds', options.rounds ?? (options.quick ? '2' : '5'), 2)
const connections = 50
const warmUp = 1000

const postgres = await openPostgres({ name: 'memory', data: options.data })
const issuer = await startLocalIssuer()
try {
  const url = await peopleDatabase(postgres, warmUp + rounds * people)
  finish(options, resultOf(await measure(url)))
} finally {
  await issuer.close()
  await postgres.close()
}

/** Each round sends tokens of people who were not there before, and looks at the heap after a collection. */
async function measure(url) {
  const { domain, audience } = issuer
  const server = startChild('side-by-side/server.mjs', import.meta.url, ['--expose-gc'])
  const start = { type: 'start', name: 'ours-hit', module: 'ours', url, issuer: { domain, audience } }
  const { port } = await server.ask(start)
  const load = startChild('side-by-side/load.mjs', import.meta.url)
  await send(load, port, 1, warmUp)
  const slices = []
  for (let round = 0; round < rounds; round++) {
    const before = await server.ask({ type: 'memory' })
    const length = await send(load, port, 1 + warmUp + round * people, people)
    const after = await server.ask({ type: 'memory' })
    slices.push({ bytes: (after.used - before.used) / people, length })
  }
  for (const child of [load, server]) child.stop()
  return slices
}

/** Answers how long a token is, on average. */
async function send(load, port, from, size) {
  const tokens = await Promise.all(
    Array.from({ length: size }, (_, n) => issuer.token({ ...claimsOf(from + n), permissions: ['store.view_asset'] })),
  )
  await load.ask({ type: 'tokens', tokens })
  // Twice, so that what only the first sight of a token needs is gone.
  await load.ask({ type: 'send', port, connections, count: 2 * size })
  return tokens.reduce((sum, token) => sum + token.length, 0) / size
}

function resultOf(slices) {
  const bytes = summary(slices.map(slice => slice.bytes))
  const kibibytes = { median: bytes.median / 1024, low: bytes.low / 1024, high: bytes.high / 1024 }
  const length = median(slices.map(slice => slice.length))
  return {
    title: 'Memory of the caches',
    markdown: `${rounds} rounds of ${count(people)} people with a token each; medians with quartiles.\n\n${table(
      ['', 'KiB'],
      [
        ['a cached token with its person', spread(kibibytes)],
        ['of which the text of the token', (length / 1024).toFixed(2)],
      ],
    )}`,
    targets: [atMost('memory of a cached token with its person', 2.5, kibibytes, 'KiB')],
  }
}
