// Child processes and progress lines, for the scripts beside this file.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, where every command runs. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
const children = new Set()
/** Children that lead a process group, since they start processes that they do not stop themselves. */
const groups = new WeakSet()
let stopping

/** Passes signals on to the children; in place only while there are some. */
function forward(signal) {
  // A second signal means: now.
  if (stopping !== undefined) process.exit(exitCode(null, signal))
  stopping = signal
  for (const child of children) {
    // A terminal sends SIGINT to the whole group, so children in our own group have it already.
    const told = signal === 'SIGINT' && process.stdin.isTTY && !groups.has(child)
    if (!told) send(child, signal)
  }
}

function send(child, signal) {
  if (groups.has(child)) process.kill(-child.pid, signal)
  else child.kill(signal)
}

function track(child) {
  if (children.size === 0) for (const signal of signals) process.on(signal, forward)
  children.add(child)
  child.once('close', () => {
    children.delete(child)
    if (children.size === 0) for (const signal of signals) process.off(signal, forward)
  })
}

/** Asks all children to end. */
export function stop() {
  for (const child of children) send(child, 'SIGTERM')
}

/** Ends this process when it was asked to stop while a child ran. */
export function exitIfStopped() {
  if (stopping !== undefined) process.exit(exitCode(null, stopping))
}

/** The exit code that a shell reports for a child: its own, or 128 plus the number of the signal. */
export function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0)
}

/**
 * Runs a command in the repository's folder and answers with `{ code, output }`.
 * `onLine` receives standard output line by line instead of the terminal; `quiet` collects both
 * streams in `output`; otherwise the child writes to the terminal itself. Standard input is closed.
 * `group` is for children with children of their own that outlive them.
 */
export function run(command, args, { quiet = false, onLine, env = {}, group = false } = {}) {
  const captured = quiet || onLine !== undefined
  const child = spawn(command, args, {
    cwd: root,
    detached: group && process.platform !== 'win32',
    env: { ...process.env, ...env },
    stdio: ['ignore', captured ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
  })
  if (group && process.platform !== 'win32') groups.add(child)
  track(child)
  const chunks = []
  if (onLine !== undefined) readLines(child.stdout, onLine)
  else child.stdout?.on('data', chunk => chunks.push(chunk))
  child.stderr?.on('data', chunk => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({ code: exitCode(code, signal), output: Buffer.concat(chunks).toString() })
    })
  })
}

function readLines(stream, onLine) {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', chunk => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream.on('end', () => rest !== '' && onLine(rest))
}

/** Runs a command quietly under a progress line; prints what it said only when it fails. Answers whether it succeeded. */
export async function step(label, command, args, options = {}) {
  const started = Date.now()
  console.error(`- ${label} …`)
  const { code, output } = await run(command, args, { ...options, quiet: true })
  exitIfStopped()
  if (code !== 0 && output.trim() !== '') console.error(output.trimEnd())
  console.error(`- ${label} ${code === 0 ? 'done' : 'FAILED'} (${seconds(started)})`)
  return code === 0
}

/** The time since a `Date.now()`, for people. */
export function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`
}
