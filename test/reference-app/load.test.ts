import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'

// A short run of `npm run bench -- app-load`, which starts a database and three processes of its own.
t.setTimeout(240_000)

t.test(
  'while a process is replaced and the database restarts no write is lost and nobody gets another’s data',
  async t => {
    const script = join(import.meta.dirname, '../../bench/app-load.mjs')
    const child = spawn(process.execPath, [script, '--seconds=9', '--people=8', '--workers=2'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.teardown(() => child.kill('SIGTERM'))
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
    const [code] = await once(child, 'close')
    t.equal(code, 0, output)
    t.match(output, 'no lost write')
    t.match(output, /[1-9]\d* answered 503 within the outage, 0 connections broken/)
  },
)
