import { createHash } from 'node:crypto'

/** Numbers that look random and are the same for the same text. */
export interface Random {
  /** From `from` up to, but not including, `to`. */
  between(from: number, to: number): number
  /** A whole number from `from` up to and including `to`. */
  whole(from: number, to: number): number
  pick<Item>(items: readonly [Item, ...Item[]]): Item
}

/** mulberry32, seeded with the first 32 bits of a SHA-256. */
export function randomFrom(text: string): Random {
  let state = createHash('sha256').update(text).digest().readUInt32LE(0)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (from: number, to: number): number => from + next() * (to - from)
  return {
    between,
    whole: (from, to) => Math.floor(between(from, to + 1)),
    pick: items => items[Math.floor(next() * items.length)] ?? items[0],
  }
}
