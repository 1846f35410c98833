// Turns tap's output into one line a test file, with the details of failures only, and keeps its counts.

/**
 * A reader of TAP lines. `print` receives what a person should see; `counts()` answers
 * `{ passed, failed, skipped }`, or undefined when tap did not finish. `coverage: false` leaves out its
 * table, which says nothing about a run of some files only.
 */
export function readTap(print, { coverage = true } = {}) {
  let block = []
  let counts

  function fileEnded(line) {
    const [, verdict, name, milliseconds] = line.match(/^((?:not )?ok) \d+ - (.*?)(?: # time=([\d.]+)ms.*)?$/) ?? []
    if (verdict === undefined) return
    const time = milliseconds === undefined ? '' : ` (${(Number(milliseconds) / 1000).toFixed(1)} s)`
    print(`${verdict === 'ok' ? 'ok    ' : 'FAILED'} ${name}${time}`)
    for (const detail of failures(block)) print(detail)
    block = []
  }

  function onLine(line) {
    if (/^(not )?ok \d/.test(line)) fileEnded(line)
    else if (line.startsWith('# { total:')) counts = readCounts(line)
    else if (line.startsWith('    ')) block.push(line)
    else if (!isFraming(line) && (coverage || !isCoverage(line))) print(line)
  }

  return { onLine, counts: () => counts }
}

function readCounts(line) {
  const count = name => Number(line.match(new RegExp(`\\b${name}: (\\d+)`))?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') }
}

/** The failed assertions of a file with their diagnostics; whatever else it printed is left out. */
function failures(block) {
  const kept = []
  let inside = false
  for (const line of block) {
    if (/^\s*(not )?ok \d/.test(line)) inside = /^\s*not ok/.test(line) && !/# (SKIP|TODO)/i.test(line)
    else if (/^\s*(# Subtest|\d+\.\.\d+)/.test(line)) inside = false
    if (inside && line.trim() !== '') kept.push(line)
  }
  return kept
}

function isFraming(line) {
  return line === '' || /^(TAP version|\d+\.\.\d+|# Subtest|# time=| {2})/.test(line)
}

function isCoverage(line) {
  return /^-+\|/.test(line) || /^.+\|.+\|.+\|.+\|.+\|/.test(line) || line === '# No coverage generated'
}
