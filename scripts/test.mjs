// `npm test`: installs what is missing, builds, checks types and style, runs all tests, and ends
// with the line `N passed, N failed`. `npm test -- <files, folders or tap flags>` runs those tests only.
// `--watch` runs them again after every change; `--long` runs the generated tests with their full counts.
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { exitIfStopped, run, seconds } from './run.mjs'
import { build, checkStyle, checkTypes, tap } from './steps.mjs'
import { readTap } from './tap-lines.mjs'
import {
  allTestFiles,
  findChromium,
  findPrometheus,
  namedTestFiles,
  needsBrowser,
  needsPrometheus,
} from './test-files.mjs'
import { watchAndRun } from './watch.mjs'

const started = Date.now()
const given = process.argv.slice(2)
const own = ['--watch', '--long']
const flags = given.filter(argument => argument.startsWith('-') && !own.includes(argument))
const names = given.filter(argument => !argument.startsWith('-'))
const everything = names.length === 0

// Tests that generate their cases read it: absent for a short run.
if (given.includes('--long')) process.env.TEST_LONG = '1'

await ensureInstalled()
if (given.includes('--watch')) await watchAndRun(given.filter(argument => argument !== '--watch'))
const checks = [await build()]
if (everything) checks.push(await checkTypes(), await checkStyle())

const { passed, failed, skipped, notes } = checks[0] ? await runTests() : { ...nothing(), notes: ['no test ran'] }
const failures = failed + checks.filter(succeeded => !succeeded).length

for (const note of notes) console.log(note)
console.log(`finished in ${seconds(started)}`)
console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failures === 0 ? 0 : 1

function nothing() {
  return { passed: 0, failed: 0, skipped: 0 }
}

async function runTests() {
  const wanted = everything ? allTestFiles() : namedTestFiles(names)
  const { files, env, notes } = withoutMissingPrograms(wanted)
  const left = wanted.length - files.length
  if (files.length === 0)
    return { ...nothing(), failed: left === 0 ? 1 : 0, skipped: left, notes: ['no test file', ...notes] }

  const counts = await runTap(files, env, notes)
  return { ...counts, skipped: counts.skipped + left, notes }
}

/** The files whose programs are here, where those are, and a note for those that are left out. */
function withoutMissingPrograms(wanted) {
  const chromium = findChromium()
  const programs = [
    {
      needs: needsBrowser,
      env: chromium === undefined ? undefined : { CHROMIUM_PATH: chromium },
      note: 'of browser tests skipped: no Chromium (install it, or set CHROMIUM_PATH)',
    },
    {
      needs: needsPrometheus,
      env: findPrometheus(),
      note: 'of operations tests skipped: no Prometheus (install it, or set PROMETHEUS_PATH and PROMTOOL_PATH)',
    },
  ]
  const missing = programs.filter(({ env }) => env === undefined)
  const notes = missing.flatMap(({ needs, note }) => {
    const count = wanted.filter(needs).length
    return count === 0 ? [] : [`${count} files ${note}`]
  })
  return {
    files: wanted.filter(file => !missing.some(({ needs }) => needs(file))),
    env: Object.assign({}, ...programs.map(({ env }) => env)),
    notes,
  }
}

async function runTap(files, env, notes) {
  console.error(`- running ${files.length} test files`)
  const reader = readTap(line => console.log(line), { coverage: everything })
  const coverage = everything ? [] : ['--disable-coverage', '--allow-incomplete-coverage']
  const { code } = await run(process.execPath, [tap, '--reporter=tap', '--no-color', ...coverage, ...flags, ...files], {
    onLine: reader.onLine,
    env,
  })
  exitIfStopped()
  const counts = reader.counts() ?? nothing()
  if (code === 0 || counts.failed > 0) return counts
  // Every assertion held and tap still says no: coverage, or it ended before its summary.
  notes.push(
    reader.counts() === undefined ? `tap ended early with exit code ${code}` : 'coverage is below what .taprc asks for',
  )
  return { ...counts, failed: 1 }
}
