/*
 * `npm run bench -- app-load [--minutes=5] [--people=40] [--workers=4] [--signal=SIGTERM]`: the reference app as
 * several processes over one PostgreSQL under a mixed load, while one process is killed and replaced and the
 * database is restarted once. Ends with exit code 1 when a write was lost, somebody got another person's data, or
 * anything but 503 within the outage was answered in error. Also `--seconds=…`, for a short one.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createFleetChecks } from './app-load/checks.mjs'
import { startFleet } from './app-load/fleet.mjs'
import { createPerson } from './app-load/person.mjs'
import { createTally } from './app-load/tally.mjs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seconds: { type: 'string' },
    people: { type: 'string', default: '40' },
    workers: { type: 'string', default: '4' },
    signal: { type: 'string', default: 'SIGTERM' },
  },
})
const duration = values.seconds === undefined ? Number(values.minutes) * 60_000 : Number(values.seconds) * 1000
const people = Number(values.people)

const random = {
  between: (from, to) => from + Math.random() * (to - from),
  pick: items => items[Math.floor(Math.random() * items.length)],
}
const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

const tally = createTally()
let killedAt = Number.NaN
// Who is killed without warning answers nothing more; a polite end breaks no connection.
const allowsBroken = () => values.signal === 'SIGKILL' && Date.now() - killedAt < 3000

const fleet = await startFleet({ workers: Number(values.workers) })
const person = async name => {
  const claims = { sub: `auth0|${name}`, email: `${name}@example.test`, email_verified: true }
  const token = await fleet.issuer.token(claims)
  return createPerson({ name, token, origin: fleet.origin, tally, allowsBroken, random })
}
const crowd = await Promise.all(Array.from({ length: people }, (_, index) => person(`person-${index}`)))
const staff = await person('staff')

// The one who decides gets the right to by SQL, before the first request is answered from memory.
await staff.check()
const client = new pg.Client({ connectionString: fleet.url })
client.on('error', () => {})
await client.connect()
await client.query(
  `insert into accounts_user_permission (user_id, permission)
   select id, unnest(array['store.view_accessrequest', 'store.change_accessrequest']) from accounts_user where auth0_id = $1`,
  ['auth0|staff'],
)
await client.end()
await sleep(1000)

const checks = createFleetChecks({ url: fleet.url, tally })
const ending = new AbortController()
const running = [...crowd.map(one => one.run(ending.signal)), decide(ending.signal)]
console.log(`${people} people and one who decides, ${values.workers} processes, ${duration / 1000} s`)

await sleep(duration / 3)
console.log(`- one process gets ${values.signal}`)
killedAt = Date.now()
await fleet.replaceOne(values.signal)
console.log('- another one serves in its place')
await sleep(duration / 3)
console.log('- the database stops')
tally.outageBegins()
await fleet.restartDatabase(1500)
tally.outageEnds()
console.log('- the database is back')
await sleep(duration / 3)

ending.abort()
await Promise.all(running)
for (const one of crowd) await one.check()
await checks.consistent(crowd)
const code = await fleet.stop()
if (code !== 0) tally.fault(`the app ended with code ${code}`)
process.exitCode = report(tally.result())

/** Approves and refuses what is pending. */
async function decide(signal) {
  while (!signal.aborted) {
    const list = await staff.request('pending', 'GET', '/store/access-requests?status=pending')
    for (const { id } of list.body?.items ?? []) {
      const approves = Math.random() < 0.5
      const body = approves ? { days: 30 } : { reason: 'by the load' }
      const path = `/store/access-requests/${id}/${approves ? 'approve' : 'refuse'}`
      // 409: an answer that got lost was a decision all the same.
      await staff.request('decide', 'POST', path, body, [200, 409])
    }
    await sleep(300)
  }
}

function report({ answers, faults, broken, unavailable, slowest }) {
  const total = [...answers.values()].reduce((sum, count) => sum + count, 0)
  console.log(`\n${total} answers, ${(total / (duration / 1000)).toFixed(0)} a second, the slowest in ${slowest} ms`)
  for (const [what, count] of [...answers].sort()) console.log(`  ${String(count).padStart(7)}  ${what}`)
  console.log(`${unavailable} answered 503 within the outage, ${broken} connections broken`)
  const kinds = new Map()
  for (const fault of faults) kinds.set(fault, (kinds.get(fault) ?? 0) + 1)
  for (const [fault, count] of [...kinds].slice(0, 20)) console.log(`  FAULT (${count}) ${fault}`)
  console.log(faults.length === 0 ? 'no lost write, nobody else’s data' : `${faults.length} faults`)
  return faults.length === 0 ? 0 : 1
}
