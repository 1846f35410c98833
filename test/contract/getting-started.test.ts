// docs/getting-started.md, followed literally in an empty folder: its blocks are the script.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import t from 'tap'
import { codeBlocks, readPage, repository } from './support/documents.ts'
import {
  emptyFolder,
  packageFolder,
  plainEnvironment,
  readManifest,
  registryFault,
  runPlainly,
} from './support/packed.ts'

t.setTimeout(300_000)

const page = readPage('docs/getting-started.md')
const fault = await registryFault()

t.test('the page names the version that it makes', async t => {
  const tarball = `fastify-auth0-users-${readManifest().version}.tgz`
  const named = new Set([...page.text.matchAll(/fastify-auth0-users-[\d.]+\.tgz/g)].map(([name]) => name))
  t.strictSame([...named], [tarball])
})

t.test(
  'following it gives a passing test and a protected route that runs',
  { skip: fault ?? false, timeout: 300_000 },
  async t => {
    const folder = emptyFolder(t, 'getting-started')
    const PORT = String(await freePort())
    // The package was built by this run; building it again would race with other tests.
    const env = { TMPDIR: folder, PORT, npm_config_ignore_scripts: 'true', npm_config_prefer_offline: 'true' }
    const sh = (text: string, cwd: string) =>
      runPlainly('bash', ['-euo', 'pipefail', '-c', text], { cwd, env, timeout: 240_000 })

    const [make = ''] = codeBlocks(page, 'sh', 'checkout')
    t.match(await sh(make, repository), { code: 0 }, `in a checkout: ${make}`)

    const [set = '', test = '', ask = ''] = codeBlocks(page, 'sh', 'runnable')
    const installed = await sh(set, folder)
    t.equal(installed.code, 0, `${set}${installed.stdout}${installed.stderr}`)
    const app = `${folder}/my-api`
    const tested = await sh(test, app)
    t.match(tested.stdout, /pass 4\b[\s\S]*fail 0\b/, test)

    const [run = ''] = codeBlocks(page, 'sh', 'background')
    const child = spawn('bash', ['-c', `unset NODE_OPTIONS; ${run}`], {
      cwd: app,
      env: plainEnvironment(env),
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    t.teardown(() => endGroup(child))
    const greeted = await sh(await printedCurl(child), app)
    t.equal(greeted.stdout, '{"hello":"Ada"}', 'the printed command, with its token')
    const asked = await sh(ask, app)
    t.match(asked.stdout, /^\{"status":"ok"\}\{.*"code":"A0U_CREDENTIALS_MISSING"/, ask)
  },
)

t.test('its blocks are those that a person would run', async t => {
  t.match(codeBlocks(page, 'sh', 'runnable').length, 3)
  t.match(codeBlocks(page, 'sh', 'checkout').join(), packageFolder.split('/').at(-1) ?? '')
})

async function printedCurl(child: ChildProcess): Promise<string> {
  let output = ''
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk)
    const [command] = /^curl .*$/m.exec(output) ?? []
    if (command !== undefined) return command.replace(/^curl/, 'curl -s')
  }
  throw new Error(`nothing to try was printed: ${output}`)
}

/** npm, the shell below it and the app. */
function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGTERM')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
