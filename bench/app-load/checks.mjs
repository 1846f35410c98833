// What the database has to hold when all is quiet.
import pg from 'pg'

/** Milliseconds that background work gets to catch up. */
const patience = 30_000

export function createFleetChecks({ url, tally }) {
  return {
    async consistent(crowd) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        await checkRows(client, crowd, tally)
        await checkJobs(client, tally)
      } finally {
        await client.end()
      }
    },
  }
}

async function checkRows(client, crowd, tally) {
  const count = async (text, values = []) => Number((await client.query(text, values)).rows[0].count)
  const names = crowd.map(({ name }) => `auth0|${name}`)
  const found = await count('select count(*) from accounts_user where auth0_id = any($1)', [names])
  if (found !== crowd.length) tally.fault(`${crowd.length} people have ${found} rows`)

  const asked = crowd.flatMap(({ state }) => [...state.asked])
  const kept = await count('select count(*) from store_access_request where id = any($1)', [asked])
  if (kept !== asked.length) tally.fault(`of ${asked.length} acknowledged requests ${kept} are there`)

  const unequal = await count(`
    select count(*) from store_access_request r full join store_licence l on l.request_id = r.id
    where (r.status = 'approved') is distinct from (l.id is not null) or l.user_id <> r.user_id`)
  if (unequal > 0) tally.fault(`${unequal} requests and licences do not belong together`)

  const broken = await count('select count(*) from accounts_audit_check where not follows')
  if (broken > 0) tally.fault(`${broken} entries of the audit trail do not follow`)
}

/** Every newcomer is welcomed, however often a job was interrupted; nobody twice. */
async function checkJobs(client, tally) {
  const open = `
    select count(*)::int as count from accounts_user u
    where u.auth0_id like 'auth0|person-%'
      and (select count(*) from outbox_message m where m.user_id = u.id and m.kind = 'welcome') <> 1`
  const deadline = Date.now() + patience
  for (;;) {
    const [{ count }] = (await client.query(open)).rows
    if (count === 0) return
    if (Date.now() > deadline) return tally.fault(`${count} people were not welcomed exactly once`)
    await new Promise(resolve => setTimeout(resolve, 250))
  }
}
