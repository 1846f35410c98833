// What known people wait for while forged tokens keep the server busy. See README.md beside this file.
// `--seconds=3` a slice, `--rounds=5`
import { randomBytes } from 'node:crypto'
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { wholeNumber } from './lib/args.mjs'
import { startChild } from './lib/child.mjs'
import { interleave } from './lib/interleave.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { claimsOf, peopleDatabase } from './lib/people.mjs'
import { openPostgres } from './lib/postgres.mjs'
import { median, pairedRatio, summary } from './lib/stats.mjs'
import { count, spread, table } from './lib/table.mjs'
import { atMost } from './lib/targets.mjs'

const options = partOptions({ seconds: { type: 'string' }, rounds: { type: 'string' } })
const seconds = wholeNumber('seconds', options.seconds ?? (options.quick ? '1' : '3'), 1)
const rounds = wholeNumber('rounds', options.rounds ?? (options.quick ? '3' : '5'), 2)
const people = 10_000
const known = 1000
const forgedCount = 5000
/** Known people ask so often, over so many connections; forgers as often as they are answered. */
const perSecond = 500
const forgers = 50

const postgres = await openPostgres({ name: 'flood', data: options.data })
const issuer = await startLocalIssuer()
try {
  const url = await peopleDatabase(postgres, people)
  const { domain, audience } = issuer
  const server = startChild('side-by-side/server.mjs', import.meta.url)
  const start = { type: 'start', name: 'ours-hit', module: 'ours', url, issuer: { domain, audience } }
  const { port } = await server.ask(start)
  const [visitors, flood] = [
    startChild('flood/visitors.mjs', import.meta.url),
    startChild('flood/forgers.mjs', import.meta.url),
  ]
  const tokens = await Promise.all(Array.from({ length: known }, (_, n) => issuer.token(visitorClaims(n + 1))))
  await visitors.ask({ type: 'tokens', tokens, port })
  await flood.ask({ type: 'tokens', tokens: await forge(), port, connections: forgers })
  finish(options, resultOf(await measure(server, visitors, flood)))
  for (const child of [server, visitors, flood]) child.stop()
} finally {
  await issuer.close()
  await postgres.close()
}

function visitorClaims(n) {
  return { ...claimsOf(n), permissions: ['store.view_asset'] }
}

/** Right in everything but the signature, and all different. */
async function forge() {
  const [header, payload] = (await issuer.token(visitorClaims(1))).split('.')
  return Array.from({ length: forgedCount }, () => `${header}.${payload}.${randomBytes(256).toString('base64url')}`)
}

async function measure(server, visitors, flood) {
  const variants = [
    { name: 'without', forged: false },
    { name: 'with', forged: true },
  ]
  const figures = await interleave(variants, rounds, async ({ forged }) => {
    if (forged) await flood.ask({ type: 'begin' })
    await server.ask({ type: 'watch' })
    const before = await server.ask({ type: 'usage' })
    const waited = await visitors.ask({ type: 'visit', seconds, perSecond })
    const after = await server.ask({ type: 'usage' })
    const delay = await server.ask({ type: 'delay' })
    const { refused } = forged ? await flood.ask({ type: 'end' }) : { refused: 0 }
    return {
      ...waited,
      ...delay,
      refused: refused / seconds,
      core: (after.user + after.system - before.user - before.system) / 1e6 / seconds,
    }
  })
  return variants.map(variant => ({ ...variant, slices: figures.get(variant) }))
}

function resultOf(variants) {
  const [without, flooded] = variants
  const values = ({ slices }, name) => slices.map(slice => slice[name])
  const rows = variants.map(variant => [
    `${variant.name} the flood`,
    count(Math.round(median(values(variant, 'refused')))),
    median(values(variant, 'core')).toFixed(2),
    ...['delay99', 'p50', 'p99'].map(name => spread(summary(values(variant, name)))),
  ])
  const head = [
    '',
    'forged tokens refused a second',
    'cores used',
    'event-loop delay p99, ms',
    'known people wait: median, ms',
    'p99, ms',
  ]
  const ratio = pairedRatio(values(flooded, 'delay99'), values(without, 'delay99'))
  return {
    title: 'Flood of forged tokens',
    markdown: `${count(perSecond)} requests a second of known people, ${forgers} connections of forgers, ${rounds} slices of ${seconds} s; medians with quartiles.\n\n${table(head, rows)}`,
    targets: [atMost('event-loop delay p99 with the flood against without', 2, ratio)],
  }
}
