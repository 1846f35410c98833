// Whether memory stays flat when very many distinct tokens and people pass through one process.
// See README.md beside this file. `--tokens=` and `--people=` set how many.
import { createHmac, createSecretKey } from 'node:crypto'
import process, { memoryUsage, version } from 'node:process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import fastify from 'fastify'
import { createMapper } from '../packages/fastify-auth0-users/dist/claims/mapping.js'
import { createAdmit } from '../packages/fastify-auth0-users/dist/methods/admit.js'
import { createCatalogue } from '../packages/fastify-auth0-users/dist/permissions/catalogue.js'
import { createTokens } from '../packages/fastify-auth0-users/dist/token/tokens.js'
import { createUserCache } from '../packages/fastify-auth0-users/dist/users/memory/cache.js'
import { toEntry } from '../packages/fastify-auth0-users/dist/users/memory/entry.js'

const { values: options } = parseArgs({
  options: {
    tokens: { type: 'string', default: '10000000' },
    people: { type: 'string', default: '1000000' },
  },
})

const issuer = 'https://soak.example/'
const audience = 'https://api.soak.example'
const secret = 'a shared secret of the soak, at least 32 bytes long'
const secretKey = createSecretKey(Buffer.from(secret))
const cacheSize = 10_000
/** Calls between two turns of the event loop: as many signatures as the plugin checks in one. */
const callsPerTurn = 8
const mostSamples = 40
/** Until then the compiler and the heap find their sizes; of large counts a tenth. */
const leastWarmUp = 250_000
/** What still counts as flat, in MiB: one retained object of 40 bytes a token would be 380 MiB of ten million. */
const tolerance = 32
const mebibyte = 1024 * 1024
const header = encode({ alg: 'HS256', typ: 'at+jwt' })
const log = fastify({ logger: false }).log

const flat = [
  await soak('distinct tokens', wholeNumber('tokens'), await tokenStep()),
  await soak('distinct people in the user cache', wholeNumber('people'), peopleStep()),
]
process.exitCode = flat.every(Boolean) ? 0 : 1

function wholeNumber(name) {
  const value = Number(options[name])
  if (Number.isSafeInteger(value) && value >= 2 * leastWarmUp) return value
  throw new Error(`--${name} must be a whole number from ${2 * leastWarmUp}`)
}

/** One token that the process has not seen, admitted like a request's; now and then a recent one once more. */
async function tokenStep() {
  const now = () => Date.now()
  const tokens = createTokens({
    ...{ issuers: [{ issuer, audience: [audience] }], test: { secret }, sharedCache: null },
    jwks: { ttl: 3600, refreshAhead: 0.8, cooldown: 30, timeout: 5, maxStale: 86_400 },
    ...{ clockTolerance: 5, tokenType: 'any', dpop: 'off', cacheSize, log, now },
    newScope: () => fastify({ logger: false }),
  })
  // Tokens only: everybody is the same person here, and the cache of people has a run of its own.
  const everybody = toEntry(person(0), Number.POSITIVE_INFINITY)
  const current = () => everybody
  const admit = createAdmit({
    ...{ users: { current }, mapClaims: createMapper({}), machines: 'reject', now },
    claims: { permissions: 'permissions' },
    context: {
      claims: { acr: 'acr', amr: 'amr', authTime: 'auth_time' },
      levels: {},
      clockTolerance: 5,
      now,
      challenge: () => {},
    },
    catalogue: createCatalogue(['store.view_asset'], []),
  })
  const request = { id: 'soak', log }
  const recent = []
  await tokens.verify(mint(-1)) // the first one waits for the key; the others are answered at once

  return n => {
    const raw = mint(n)
    const { subject } = admit(tokens.verify(raw), request, raw)
    if (subject !== `auth0|${n}`) throw new Error('a token was admitted as somebody else')
    recent[n % 4096] = raw
    const again = recent[(n * 7919) % 4096]
    if (n % 8 === 0 && again !== undefined) admit(tokens.verify(again), request, again)
  }
}

function mint(n) {
  const iat = Math.floor(Date.now() / 1000)
  const payload = encode({
    iss: issuer,
    aud: [audience],
    sub: `auth0|${n}`,
    iat,
    exp: iat + 3600,
    jti: String(n),
    email: `person-${n}@example.test`,
    email_verified: true,
    given_name: 'Ann',
    family_name: `Lee ${n}`,
    permissions: ['store.view_asset'],
  })
  const signed = `${header}.${payload}`
  return `${signed}.${createHmac('sha256', secretKey).update(signed).digest('base64url')}`
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A person that the cache has not seen; some are asked for again, replaced or evicted. */
function peopleStep() {
  const cache = createUserCache(cacheSize)

  function keep(n) {
    const entry = toEntry(person(n), Date.now() + 300_000)
    cache.set(entry.user.auth0_id, entry)
    return entry
  }

  return n => {
    const { user } = keep(n)
    if (n % 8 === 0) cache.get(`auth0|${n - (n % 4096)}`)
    if (n % 16 === 0) keep(n)
    if (n % 32 === 0) cache.evict(user.id)
    if (cache.size > cacheSize) throw new Error(`the cache holds ${cache.size} people`)
  }
}

/** A row as the database would have answered it. */
function person(n) {
  const created = new Date()
  return {
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    auth0_id: `auth0|${n}`,
    username: `auth0.${n}`,
    email: `person-${n}@example.test`,
    email_verified: true,
    first_name: 'Ann',
    last_name: `Lee ${n}`,
    profile_data: { city: `city ${n}`, tags: ['a', 'b'] },
    is_active: true,
    is_staff: false,
    is_superuser: false,
    is_platform: false,
    edited_fields: [],
    claims_issued_at: created,
    last_login_at: created,
    last_seen_at: created,
    tokens_valid_after: null,
    anonymised_at: null,
    created_at: created,
    updated_at: created,
    permissions: ['store.view_asset'],
  }
}

/** Runs the step so often, samples the memory, prints a table; answers whether memory stayed flat. */
async function soak(title, count, step) {
  const interval = Math.min(250_000, Math.ceil(count / mostSamples))
  const samples = []
  console.log(`\n### ${count.toLocaleString('en')} ${title}\n`)
  console.log('|      done | RSS, MiB | heap used, MiB |   per s |')
  console.log('| --------: | -------: | -------------: | ------: |')
  let done = 0
  while (done < count) {
    const from = done
    const end = Math.min(done + interval, count)
    const began = performance.now()
    while (done < end) {
      for (const stop = Math.min(done + callsPerTurn, end); done < stop; done++) step(done)
      await nextTurn()
    }
    const { rss, heapUsed } = memoryUsage()
    const perSecond = ((end - from) * 1000) / (performance.now() - began)
    samples.push({ done, rss: rss / mebibyte, perSecond })
    const cells = [String(done).padStart(9), mib(rss, 8), mib(heapUsed, 14), perSecond.toFixed(0).padStart(7)]
    console.log(`| ${cells.join(' | ')} |`)
  }
  return judge(samples)
}

function mib(bytes, width) {
  return (bytes / mebibyte).toFixed(1).padStart(width)
}

/** Flat: what a line through the samples after the warm-up gains from end to end is within the tolerance. */
function judge(samples) {
  const warmUp = Math.max(leastWarmUp, samples.at(-1).done / 10)
  const [start, ...later] = samples.slice(samples.findIndex(({ done }) => done >= warmUp))
  const most = Math.max(...later.map(({ rss }) => rss)) - start.rss
  const perMillion = slope(later) * 1_000_000
  const gained = slope(later) * (later.at(-1).done - start.done)
  const isFlat = gained <= tolerance
  console.log(
    `\nNode.js ${version}. Warm-up: the first ${start.done}, RSS ${start.rss.toFixed(1)} MiB then. ` +
      `After it: at most ${most.toFixed(1)} MiB more; slope ${perMillion.toFixed(2)} MiB a million, ` +
      `${gained.toFixed(1)} MiB in all: ${isFlat ? 'flat' : `NOT flat (tolerance ${tolerance} MiB)`}. ` +
      `Median throughput ${median(samples.map(({ perSecond }) => perSecond)).toFixed(0)} per s.`,
  )
  return isFlat
}

/** Least squares, MiB a call. */
function slope(samples) {
  const mean = key => samples.reduce((sum, sample) => sum + sample[key], 0) / samples.length
  const done = mean('done')
  const rss = mean('rss')
  const covariance = samples.reduce((sum, sample) => sum + (sample.done - done) * (sample.rss - rss), 0)
  return covariance / samples.reduce((sum, sample) => sum + (sample.done - done) ** 2, 0)
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
