/** One page of a list, newest first. */
export interface PageOf<Item> {
  readonly items: Item[]
  readonly next: string | null
}

/**
 * Makes a page of rows that were read newest first, one more than `limit` of them: the surplus row
 * shows that there is a next page, which begins behind the last row of this one. However far one
 * reads, each page costs the same, and rows that come in meanwhile move nothing.
 */
export function toPage<Row extends { readonly position: string }, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): PageOf<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(toItem), next: rows.length > limit && last !== undefined ? last.position : null }
}
