// What the figures were measured on and with.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { arch, platform, version } from 'node:process'

const packages = [
  'fastify',
  'kysely',
  'pg',
  'fast-jwt',
  '@fastify/jwt',
  'get-jwks',
  'fastify-jwt-jwks',
  'jose',
  'express',
  'express-oauth2-jwt-bearer',
]

export function machine() {
  const values = {
    node: version,
    system: `${platform} ${arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    load: loadavg()[0],
    packages: Object.fromEntries(packages.map(name => [name, versionOf(name)])),
  }
  const { node, system, cpu, cores, memory, load } = values
  const versions = Object.entries(values.packages).map(([name, installed]) => `${name} ${installed}`)
  const busy =
    load > cores / 4
      ? `\n\n**The machine was busy (load ${load.toFixed(1)}): use the ratios, and those with care.**`
      : ''
  return {
    values,
    markdown: `Node.js ${node}, ${system}, ${cores} × ${cpu}, ${memory}. ${versions.join(', ')}.${busy}`,
  }
}

/** Many packages export no package.json, so it is looked for above their entry. */
function versionOf(name) {
  const { resolve } = createRequire(import.meta.url)
  for (let folder = dirname(resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    const found = read(join(folder, 'package.json'))
    if (found?.name === name) return found.version
  }
  return 'unknown'
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
