// Which test files a run takes, and where the programs are that some of them drive: Chromium, Prometheus.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { delimiter, join, relative, resolve } from 'node:path'
import process from 'node:process'
import { root } from './run.mjs'

/** In the order in which they run: what is quick and tells most comes first. */
const kinds = [
  'contract',
  'types',
  'unit',
  'integration',
  'field',
  'hosts',
  'attacks',
  'reference-app',
  'ops',
  'browser',
]

/** All test files, as paths relative to the repository. */
export function allTestFiles() {
  return kinds.flatMap(kind => filesIn(join(root, 'test', kind)))
}

/** The test files that were named: a file stands for itself, a folder for all test files in it. */
export function namedTestFiles(names) {
  return names.flatMap(name => {
    const path = resolve(root, name)
    if (!existsSync(path)) {
      console.error(`There is no test file or folder ${name}`)
      return []
    }
    return statSync(path).isDirectory() ? filesIn(path) : [relative(root, path)]
  })
}

export function needsBrowser(file) {
  return file.startsWith(join('test', 'browser'))
}

export function needsPrometheus(file) {
  return file.startsWith(join('test', 'ops'))
}

function filesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true })
    .filter(name => name.endsWith('.test.ts'))
    .sort()
    .map(name => relative(root, join(folder, name)))
}

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The path of Chromium, or undefined; `CHROMIUM_PATH` goes before the usual places. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  return usualPlaces.find(path => existsSync(path))
}

/** Prometheus and its tool, as variables for the tests, or undefined where one of them is missing. */
export function findPrometheus() {
  const prometheus = findProgram('prometheus', process.env.PROMETHEUS_PATH)
  const promtool = findProgram('promtool', process.env.PROMTOOL_PATH)
  if (prometheus === undefined || promtool === undefined) return undefined
  return { PROMETHEUS_PATH: prometheus, PROMTOOL_PATH: promtool }
}

/** The path of a program: as it was named, else from the search path. */
function findProgram(name, named) {
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map(folder => join(folder, name)).find(path => existsSync(path))
}
