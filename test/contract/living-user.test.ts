// Every transaction of the plugin passes through the one check of the living user, or is listed here with the reason.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const sources = 'packages/fastify-auth0-users/src'

/** What holds the rows of the users and leaves out those that are erased. */
const gates =
  /\b(withLivingUser|requireLivingReader|withEditable|withStaff|lockLiving|lockPeople|lockForAnonymising|lockForChange|lockActiveUsers)\(/

/** Files whose transactions need no gate, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'audit/retention.ts': 'deletes old entries; writes nothing about a user',
  'auth0/logout.ts': 'ends sessions; finds the user by PushedPeople.find, which holds the row',
  'auth0/new-users.ts': 'finds the user by PushedPeople.find, which holds the row',
  'auth0/receiver.ts': 'finds the user by PushedPeople.find, which holds the row',
  'cli/import-django/import-django.ts': 'run by the owner of the database before the app serves',
  'cli/users.ts': 'run by the owner of the database',
  'decorators.ts': 'an example in a docstring',
  'db/handle.ts': 'the transaction itself',
  'organizations/transaction.ts': 'runs the work of the host, which writes its own tables',
  'outbox/outbox.service.ts': 'moves cursors; writes nothing about a user',
  'outbox/subscriptions.ts': 'writes names of subscriptions; nothing about a user',
  'privacy/privacy.service.ts': 'deletes a tombstone; the row that it leads to stays erased',
  'users/provisioning/batch.ts': 'inserts new rows; asks for tombstones after the insert',
  'users/provisioning/provisioner.ts': 'inserts new rows; asks for tombstones after the insert',
  'users/users.service.ts': 'one UPDATE with the condition that the user is not erased (users/update.ts)',
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => file.replaceAll('\\', '/'))
    .sort()
}

t.test('every file with a transaction holds the living user, or says why it need not', async t => {
  const opening = filesIn(sources).filter(file => readFileSync(join(sources, file), 'utf8').includes('.transaction('))
  t.ok(opening.length > 10, 'the sources are read')
  t.strictSame(
    Object.keys(exceptions).filter(file => !opening.includes(file)),
    [],
    'no exception is left over',
  )
  for (const file of opening) {
    const text = readFileSync(join(sources, file), 'utf8')
    t.ok(gates.test(text) || file in exceptions, `${file} passes through withLivingUser or a relative of it`)
  }
})
