// The tables of the comparison, and what they say about the figures that are to be reached.
import { isVague, median, pairedRatio, summary } from '../lib/stats.mjs'
import { count, spread, table } from '../lib/table.mjs'
import { atLeast, atMost } from '../lib/targets.mjs'

/** @param results `{ tokens, connections, figures }`, the figures by contender. */
export function comparison(contenders, { tokens, connections, figures }) {
  const bare = figures.get('bare')
  const rows = contenders.map(({ name, title, reads }) => {
    const own = figures.get(name)
    const ratio = pairedRatio(own.rate, bare.rate)
    return [
      title,
      count(Math.round(median(own.rate))),
      `${spread(ratio)}${isVague(ratio) ? ' **vague**' : ''}`,
      spread(summary(own.cpu), 1),
      `${median(own.p50).toFixed(2)} / ${median(own.p99).toFixed(2)}`,
      reads ? median(own.statements).toFixed(3) : '',
    ]
  })
  const head = ['', 'requests/s', 'of the bare route', 'CPU µs a request', 'ms: median / p99', 'statements a request']
  return `### ${count(tokens)} tokens, ${connections} connections\n\n${table(head, rows)}`
}

/** One line for each figure of the comparison that is to be reached. */
export function targetsOf(contenders, results) {
  return results.flatMap(result => [...hitTargets(contenders, result), ...costTargets(result)])
}

function hitTargets(contenders, { tokens, connections, figures }) {
  const where = `${count(tokens)} tokens, ${connections} connections`
  const ours = figures.get('ours-hit').rate
  const bare = figures.get('bare').rate
  const peers = contenders.filter(({ peer }) => peer)
  const best = peers.toSorted((a, b) => median(figures.get(b.name).rate) - median(figures.get(a.name).rate))[0]
  return [
    atLeast(
      `hit path against the bare route, ${where}`,
      tokens > 1000 ? 0.85 : 0.9,
      pairedRatio(ours, bare),
      pairedRatio(figures.get('hook').rate, bare),
    ),
    ...(tokens === 1
      ? []
      : [
          atLeast(
            `hit path against the best peer (${best.title}), ${where}`,
            tokens > 1000 ? 1.3 : 1.4,
            over(ours, figures.get(best.name)),
            over(bare, figures.get(best.name)),
          ),
        ]),
    atLeast(
      `hit path against fastify-jwt-jwks, ${where}`,
      4,
      over(ours, figures.get('fastify-jwt-jwks')),
      over(bare, figures.get('fastify-jwt-jwks')),
    ),
  ]
}

function costTargets({ tokens, connections, figures }) {
  const where = `${count(tokens)} tokens, ${connections} connections`
  const names = ['bare', 'ours-miss', 'raw-verify', 'ours-uncached', 'sql']
  const [bare, miss, raw, uncached, sql] = names.map(name => figures.get(name))
  if (tokens === 1) return []
  return [
    atMost(`miss path, CPU over bare + raw verify, ${where}`, 1.3, pairedRatio(miss.cpu, raw.cpu)),
    atLeast(`user cache off against one SELECT a request, ${where}`, 4, over(uncached.rate, sql), over(bare.rate, sql)),
    atMost(`user cache off, statements a request, ${where}`, 0.1, summary(uncached.statements)),
  ]
}

function over(rates, { rate }) {
  return pairedRatio(rates, rate)
}
