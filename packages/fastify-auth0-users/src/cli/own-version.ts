import { readFileSync } from 'node:fs'

/** The version of this package, from the `package.json` that stands beside `dist/`. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest
  return version
}

interface Manifest {
  readonly version: string
}
