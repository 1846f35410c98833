import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import t from 'tap'
import { errorText } from '#plugin/cli/error-text.js'
import { run } from '#plugin/cli/program.js'
import { waiting } from '#plugin/cli/terminal.js'
import { Auth0UsersError } from '#plugin/errors.js'

/** Of a server that nobody runs: nothing that asks it succeeds. */
const nowhere = 'postgres://u:hidden@127.0.0.1:1/x'

function terminal(env: Record<string, string | undefined> = {}, isTTY = false) {
  const written = { out: '', err: '' }
  const stream = (name: 'out' | 'err') =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          written[name] += String(chunk)
          done()
        },
      }),
      { isTTY },
    )
  return { written, env, stdout: stream('out'), stderr: stream('err'), cwd: process.cwd(), now: () => 0 }
}

t.test('a command line that is wrong is told apart from an operation that fails', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'a0u-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const malformed = join(folder, 'malformed.json')
  writeFileSync(malformed, '["Not A Permission"]')
  const noList = join(folder, 'no-list.json')
  writeFileSync(noList, '{}')
  const cases: [args: string[], url: string | undefined, code: number, stderr: RegExp][] = [
    [['--help'], undefined, 0, /^$/],
    [['grant', '--help'], undefined, 0, /^$/],
    [['token', 'create', '--help'], undefined, 0, /^$/],
    [[], undefined, 2, /Usage/],
    [['unknown'], undefined, 2, /unknown command/],
    [['grant', 'x'], undefined, 2, /missing required argument/],
    [['grant', 'x', 'a.b', 'c'], undefined, 2, /too many arguments/],
    [['migrate', '--unknown'], undefined, 2, /unknown option/],
    [['token', 'create', 'x'], undefined, 2, /--name/],
    [['migrate'], undefined, 2, /DATABASE_URL is not set/],
    [['migrate'], '', 2, /DATABASE_URL is not set/],
    [['migrate'], 'mysql://u:hidden@x/y', 2, /must be a connection string/],
    [['migrate', '--schema', 'a b'], nowhere, 2, /--schema/],
    [['migrate', '--prefix', 'A;'], nowhere, 2, /--prefix/],
    [['import-django', '--from', 'a"b'], nowhere, 2, /--from/],
    [['grant', 'x', 'Not A Permission'], nowhere, 2, /app_label/],
    [['grant', 'x', 'a.b', '--catalogue', join(folder, 'gone.json')], nowhere, 2, /--catalogue/],
    [['grant', 'x', 'a.b', '--catalogue', malformed], nowhere, 2, /Not A Permission/],
    [['grant', 'x', 'a.b', '--catalogue', noList], nowhere, 2, /JSON list/],
    [['token', 'create', 'x', '--name', 'n', '--days', '0'], nowhere, 2, /--days/],
    [['token', 'revoke', 'x', '--json'], nowhere, 1, /^$/],
    [['migrate'], nowhere, 1, /ECONNREFUSED/],
    [['grant', 'x', 'a.b'], nowhere, 1, /ECONNREFUSED/],
    [['doctor'], nowhere, 1, /^$/],
  ]
  for (const [args, DATABASE_URL, code, stderr] of cases) {
    const at = terminal({ DATABASE_URL })
    t.equal(await run(args, at), code, args.join(' ') || 'nothing')
    t.match(at.written.err, stderr, args.join(' '))
    t.notMatch(at.written.out + at.written.err, 'hidden')
  }
})

t.test('with --json every outcome is one JSON document', async t => {
  for (const [args, document] of [
    [['migrate', '--json'], { command: 'migrate', ok: false, error: { message: /ECONNREFUSED/ } }],
    [['grant', '--json', 'x', 'A'], { command: 'grant', ok: false, error: { message: /app_label/ } }],
    [['token', 'revoke', 'x', '--json'], { command: 'token', ok: false, error: { code: 'A0U_CREDENTIAL_UNKNOWN' } }],
    [['doctor', '--json'], { command: 'doctor', ok: false, checks: [{ name: 'issuer', status: 'failed' }] }],
  ] as [string[], object][]) {
    const at = terminal({ DATABASE_URL: nowhere }, true)
    await run(args, at)
    t.match(JSON.parse(at.written.out), document)
    t.equal(at.written.err, '', 'and no spinner beside it')
  }
})

t.test('a spinner turns on a terminal only, and ends with the work', async t => {
  for (const [isTTY, json, shown] of [
    [true, false, true],
    [true, true, false],
    [false, false, false],
  ] as const) {
    const at = terminal({}, isTTY)
    // yocto-spinner clears its line by the methods of a terminal.
    Object.assign(at.stderr, { cursorTo: () => true, clearLine: () => true, moveCursor: () => true, columns: 80 })
    t.equal(await waiting(at, json, 'checking the moon', async () => 7), 7)
    t.equal(at.written.err.includes('checking the moon'), shown, `terminal ${isTTY}, json ${json}`)
    t.equal(at.written.out, '')
    await t.rejects(
      waiting(at, json, 'x', () => Promise.reject(new Error('no'))),
      { message: 'no' },
    )
  }
})

t.test('what is said of an error holds no password', async t => {
  t.equal(errorText(new Error('connect to postgres://u:p@host/x failed')), 'connect to postgres://host/x failed')
  const both = new AggregateError([new Error('one'), new Error('two')])
  t.equal(errorText(both), 'one; two')
  const cause = new Error('ECONNREFUSED')
  t.match(errorText(new Auth0UsersError('A0U_DATABASE_UNAVAILABLE', { cause })), /cannot be reached.*: ECONNREFUSED/)
  t.equal(errorText(new TypeError('')), 'TypeError')
  t.equal(errorText('text'), 'unknown error')
})
