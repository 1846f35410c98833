// The laws of docs/architecture.md over the reference app.
import { join } from 'node:path'
import t from 'tap'
import { folderCycles } from './support/folder-cycles.ts'
import { importsOf, readSources } from './support/imports.ts'
import { foreignRepositories, longFiles, oldNames, rings } from './support/law.ts'
import { ownershipBreaches } from './support/table-owners.ts'

const sources = readSources(join(import.meta.dirname, '../../examples/reference-app/src'))
const imports = importsOf(sources)

const law = {
  owners: {
    store_asset: 'assets',
    store_access_request: 'store',
    store_licence: 'licences',
    digital_pr_campaign: 'digital-pr',
    outbox_message: 'messages',
    platform_asset: 'platform',
    qa_crawler_run: 'qa-crawler',
  },
  exempt: ['demo'],
}

t.test('the reference app has no cycle of files or folders', async t => {
  t.ok(imports.length > 100, 'imports were found')
  t.strictSame([...rings(imports), ...folderCycles(imports)], [])
})

t.test('each table of the reference app is written by the repositories of one folder', async t => {
  t.strictSame(ownershipBreaches(sources, law), [])
})

t.test('repositories are private to their folder, files are short, and names say their kind', async t => {
  t.strictSame([...foreignRepositories(imports), ...longFiles(sources), ...oldNames(sources)], [])
})

t.test('each kind of breach is found', async t => {
  const cycle = importsOf({
    'a/x.ts': "import '../b/y.ts'",
    'b/y.ts': "import '../c/z.ts'",
    'c/z.ts': "import '../a/w.ts'",
    'a/w.ts': '',
  })
  t.match(folderCycles(cycle), [/a -> b -> c -> a/])
  const inner = importsOf({ 'm/a/x.ts': "import '../b/y.ts'", 'm/b/y.ts': "import '../a/w.ts'", 'm/a/w.ts': '' })
  t.match(folderCycles(inner), [/m\/a -> m\/b -> m\/a/])
  const upwards = importsOf({ 'm/x.ts': "import './a/y.ts'", 'm/a/y.ts': "import '../z.ts'", 'm/z.ts': '' })
  t.strictSame(folderCycles(upwards), [], 'a folder and the one around it')

  const writes = (text: string, file = 'store/a.repository.ts'): string[] => ownershipBreaches({ [file]: text }, law)
  t.match(writes("db.updateTable('store_asset')"), [/assets owns/])
  t.match(writes("db\n .insertInto( 'store_licence' )"), [/licences owns/])
  t.match(writes('sql`delete from store_asset where id = 1`'), [/assets owns/])
  t.match(writes('sql`UPDATE outbox_message set a = 1`'), [/messages owns/])
  t.match(writes("db.deleteFrom('unknown_table')"), [/no owner/])
  t.match(writes("db.deleteFrom('store_access_request')", 'store/a.ts'), [/outside a repository/])
  t.strictSame(writes("db.deleteFrom('store_access_request').selectFrom('store_asset')"), [])
  t.strictSame(writes("db.updateTable('store_asset')", 'demo/a.ts'), [], 'demonstration data')

  t.match(foreignRepositories(importsOf({ 'a/x.ts': "import '../b/y.repository.ts'" })), [/repository/])
  t.match(oldNames({ 'a/x-scope.ts': '' }), [/scope/])
})
