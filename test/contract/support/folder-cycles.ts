// Cycles between folders that stand beside each other, read from import statements.
import { dirname } from 'node:path'
import type { Import } from './imports.ts'

/** Every cycle of folders with a common parent, as sentences. Files that stand in the parent itself do not count. */
export function folderCycles(imports: readonly Import[]): string[] {
  const graph = new Map<string, Set<string>>()
  for (const { from, to } of imports) {
    const pair = to === null ? undefined : diverging(dirname(from), dirname(to))
    if (pair === undefined) continue
    const [left, right] = pair
    graph.set(left, (graph.get(left) ?? new Set()).add(right))
  }
  return cyclesOf(graph)
}

/** The two folders below the deepest common one; undefined where one file stands in a folder around the other. */
function diverging(from: string, to: string): readonly [string, string] | undefined {
  const [left, right] = [partsOf(from), partsOf(to)]
  let depth = 0
  while (depth < left.length && left[depth] === right[depth]) depth++
  if (depth === left.length || depth === right.length) return undefined
  return [left.slice(0, depth + 1).join('/'), right.slice(0, depth + 1).join('/')]
}

function partsOf(folder: string): string[] {
  return folder === '.' ? [] : folder.split('/')
}

function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  function walk(folder: string, path: readonly string[]): void {
    const at = path.indexOf(folder)
    if (at !== -1) found.push(`folders in a cycle: ${[...path.slice(at), folder].join(' -> ')}`)
    if (at !== -1 || done.has(folder)) return
    for (const next of graph.get(folder) ?? []) walk(next, [...path, folder])
    done.add(folder)
  }
  for (const folder of graph.keys()) walk(folder, [])
  return found
}
