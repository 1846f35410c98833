// The plugin beside a bare route and beside other libraries, all of them in turn. See README.md beside this file.
// `--tokens=1,1000,20000 --connections=50,500 --rounds=15 --slice=300` (milliseconds) `--people=1000000 --only=bare,hook`
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { wholeNumber, wholeNumbers } from './lib/args.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { claimsOf, peopleDatabase } from './lib/people.mjs'
import { openPostgres } from './lib/postgres.mjs'
import { median } from './lib/stats.mjs'
import { count } from './lib/table.mjs'
import { contenders as everybody } from './side-by-side/contenders.mjs'
import { measure, startContenders, startLoad, warmUp } from './side-by-side/measure.mjs'
import { comparison, targetsOf } from './side-by-side/report.mjs'

const options = partOptions({
  tokens: { type: 'string' },
  connections: { type: 'string' },
  rounds: { type: 'string' },
  slice: { type: 'string' },
  people: { type: 'string' },
  only: { type: 'string' },
})
const { quick } = options
const tokenCounts = wholeNumbers('tokens', options.tokens ?? (quick ? '1000' : '1,1000,20000'), 1)
const connectionCounts = wholeNumbers('connections', options.connections ?? (quick ? '50' : '50,500'), 1)
const rounds = wholeNumber('rounds', options.rounds ?? (quick ? '4' : '15'), 2)
const milliseconds = wholeNumber('slice', options.slice ?? (quick ? '200' : '300'), 50)
const people = wholeNumber('people', options.people ?? (quick ? '20000' : '1000000'), Math.max(...tokenCounts))
const contenders = everybody.filter(({ name }) => options.only === undefined || options.only.split(',').includes(name))

const postgres = await openPostgres({ name: 'side-by-side', data: options.data })
const issuer = await startLocalIssuer()
try {
  const url = await peopleDatabase(postgres, people)
  const { domain, audience } = issuer
  const started = await startContenders(contenders, { url, issuer: { domain, audience, issuer: issuer.issuer } })
  const tokens = await signTokens(Math.max(...tokenCounts))
  finish(options, resultOf(await run(started, tokens)))
  for (const { child } of started) child.stop()
} finally {
  await issuer.close()
  await postgres.close()
}

async function signTokens(size) {
  const signed = []
  for (let from = 0; from < size; from += 1000) {
    const part = Array.from({ length: Math.min(1000, size - from) }, (_, place) => {
      const n = 1 + Math.floor(((from + place) * people) / size)
      return issuer.token({ ...claimsOf(n), permissions: ['store.view_asset'] })
    })
    signed.push(...(await Promise.all(part)))
  }
  return signed
}

async function run(started, tokens) {
  const load = startLoad()
  const results = []
  for (const size of tokenCounts) {
    await warmUp(load, started, tokens.slice(0, size), quick ? 800 : 2000)
    for (const connections of connectionCounts) {
      console.error(`- ${count(size)} tokens, ${connections} connections …`)
      const figures = await measure(load, started, { connections, rounds, milliseconds })
      results.push({ tokens: size, connections, figures })
    }
  }
  load.stop()
  return results
}

function resultOf(results) {
  return {
    title: 'Side by side',
    markdown: [
      `\`GET /me\`, ${count(people)} people, ${rounds} slices of ${milliseconds} ms each, medians with quartiles.`,
      ...results.map(result => comparison(contenders, result)),
    ].join('\n\n'),
    targets: options.only === undefined ? targetsOf(contenders, results) : [],
    figures: results.map(({ figures, ...rest }) => ({
      ...rest,
      contenders: Object.fromEntries(
        [...figures].map(([name, columns]) => [
          name,
          Object.fromEntries(Object.entries(columns).map(([column, values]) => [column, median(values)])),
        ]),
      ),
    })),
  }
}
