// The hot queries at each size, one call after the other over one connection, the sizes in turn.

import { interleave } from '../lib/interleave.mjs'
import { numbers } from '../lib/random.mjs'
import { median } from '../lib/stats.mjs'
import { plansOf } from './plans.mjs'
import { hotQueries } from './queries.mjs'

const callsPerSlice = 25

/** For each query its plans and the medians (milliseconds) of its slices, by database. */
export async function measureCalls(databases, calls) {
  const byDatabase = databases.map(database => hotQueries(database.db))
  const results = []
  for (const [place, [name]] of byDatabase[0].entries()) {
    const variants = databases.map((database, at) => {
      const [, call] = byDatabase[at][place]
      return { database, call, pick: numbers(database.size) }
    })
    results.push({ name, variants: await measure(name, variants, calls) })
  }
  return results
}

async function measure(name, variants, calls) {
  for (const variant of variants) await slice(name, variant)
  const rounds = Math.ceil(calls / callsPerSlice)
  const figures = await interleave(variants, rounds, variant => slice(name, variant))
  const measured = []
  for (const variant of variants) {
    const { database, call } = variant
    measured.push({ size: database.size, slices: figures.get(variant), ...(await plansOf(database, call)) })
  }
  return measured
}

/** The median of some calls. Everybody is asked for with the same chance; the same people in every run. */
async function slice(name, { call, pick, database }) {
  const times = []
  for (let n = 0; n < callsPerSlice; n++) {
    const began = performance.now()
    const rows = await call(pick)
    times.push(performance.now() - began)
    if (rows === 0) throw new Error(`"${name}" found nobody`)
  }
  database.takeStatements()
  return median(times)
}
