// How the statements of a call reach their rows, and how many pages they touch.
import { permissionShare } from '../lib/people.mjs'
import { numbers } from '../lib/random.mjs'

/** @param database `{ size, pool, takeStatements }` */
export async function plansOf({ size, pool, takeStatements }, call) {
  takeStatements()
  const pick = numbers(size)
  // Somebody with grants and with a linked identity first.
  let picked = Math.floor(size / permissionShare / 2) * permissionShare
  await call(() => {
    const n = picked
    picked = pick()
    return n
  })
  const nodes = new Set()
  let pages = 0
  for (const { sql, parameters } of takeStatements()) {
    const { rows } = await pool.query(`explain (analyze, buffers, format json) ${sql}`, [...parameters])
    const { Plan: plan } = rows[0]['QUERY PLAN'][0]
    pages += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
    for (const node of accessNodes(plan)) nodes.add(node)
  }
  return { pages, nodes: [...nodes] }
}

/** The nodes that read a table or an index; the heap part of a bitmap scan reads what its index part named. */
function accessNodes(plan) {
  const type = plan['Node Type']
  const what = plan['Index Name'] ?? plan['Relation Name']
  const own = what === undefined || type === 'Bitmap Heap Scan' ? [] : [`${type} ${what}`]
  return [...own, ...(plan['Plans'] ?? []).flatMap(accessNodes)]
}
