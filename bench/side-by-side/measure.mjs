// Runs all contenders on one set of tokens, in turn and in short slices.
import { startChild } from '../lib/child.mjs'
import { interleave } from '../lib/interleave.mjs'

/** Of Node.js. fast-jwt warns of the very wiring that is measured. */
const quiet = ['--disable-warning=FAST_JWT_CACHE_KEY_BUILDER_SECURITY_RISK']
const flags = {
  'ours-unbatched': [`--import=${new URL('unbatched.mjs', import.meta.url)}`],
  'fast-jwt-fixed': quiet,
  'fast-jwt-raw': quiet,
}

/** Starts the contenders; answers them with their ports. */
export async function startContenders(contenders, config) {
  const started = []
  for (const contender of contenders) {
    const child = startChild('server.mjs', import.meta.url, flags[contender.name])
    const { port } = await child.ask({ type: 'start', ...contender, ...config })
    started.push({ ...contender, child, port })
  }
  return started
}

export function startLoad() {
  return startChild('load.mjs', import.meta.url)
}

/** Every token once, where that makes a difference, and until the compiler has had its time. */
export async function warmUp(load, contenders, tokens, milliseconds) {
  await load.ask({ type: 'tokens', tokens })
  for (const { port, remembers } of contenders) {
    if (remembers) await load.ask({ type: 'send', port, connections: 50, count: tokens.length })
    await load.ask({ type: 'warm', port, connections: 50, milliseconds })
  }
}

/**
 * The slices of each contender: requests a second, CPU microseconds and statements a request, and the answer times'
 * median and 99th percentile in milliseconds.
 */
export async function measure(load, contenders, { connections, rounds, milliseconds }) {
  const figures = await interleave(contenders, rounds, contender => slice(load, contender, connections, milliseconds))
  return new Map(contenders.map(contender => [contender.name, columns(figures.get(contender))]))
}

async function slice(load, { child, port }, connections, milliseconds) {
  await load.ask({ type: 'slice', port, connections, milliseconds })
  const before = await child.ask({ type: 'usage' })
  const { requests, elapsed, p50, p99 } = await load.ask({ type: 'go' })
  const after = await child.ask({ type: 'usage' })
  return {
    rate: (requests * 1000) / elapsed,
    cpu: (after.user + after.system - before.user - before.system) / requests,
    statements: (after.statements - before.statements) / requests,
    p50,
    p99,
  }
}

function columns(slices) {
  const names = ['rate', 'cpu', 'statements', 'p50', 'p99']
  return Object.fromEntries(names.map(name => [name, slices.map(slice => slice[name])]))
}
