import type { Writable } from 'node:stream'
import yoctoSpinner from 'yocto-spinner'
import type { Clock } from '../lib/clock.ts'

/** What a command prints: lines for people, or one JSON document for programs. */
export interface Report {
  readonly ok: boolean
  readonly lines: readonly string[]
  /** Fields of the JSON document beside `ok` and `command`. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** A stream that may be a terminal. */
export type Stream = Writable & { readonly isTTY?: boolean }

/** Where commands read their settings and write their output. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Stream
  readonly stderr: Stream
  /** The folder of the host's project, whose `pg` is used. */
  readonly cwd: string
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** Shows that something is waited for, on a terminal only and never beside JSON. */
export async function waiting<T>(terminal: Terminal, json: boolean, text: string, work: () => Promise<T>): Promise<T> {
  const { stderr } = terminal
  if (json || stderr.isTTY !== true) return await work()
  const spinner = yoctoSpinner({ text, stream: stderr }).start()
  try {
    return await work()
  } finally {
    spinner.stop()
  }
}

export function writeReport(terminal: Terminal, json: boolean, command: string, report: Report): void {
  const { ok, lines, fields } = report
  const text = json ? JSON.stringify({ command, ok, ...fields }) : lines.join('\n')
  if (text !== '') terminal.stdout.write(`${text}\n`)
}
