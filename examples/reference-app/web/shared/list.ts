import { type Inputs, useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Page } from './types.ts'

export interface List<Item> {
  readonly state: 'loading' | 'failed' | 'ready'
  readonly error: unknown
  readonly items: readonly Item[]
  readonly hasMore: boolean
  readonly loadingMore: boolean
  more(): void
  reload(): void
}

interface Held<Item> {
  readonly state: 'loading' | 'failed' | 'ready'
  readonly error: unknown
  readonly items: readonly Item[]
  readonly next: string | null
  readonly loadingMore: boolean
}

const empty = { state: 'loading', error: undefined, items: [], next: null, loadingMore: false } as const

/** A list that is read page by page; it begins anew when `inputs` change. */
export function useList<Item>(fetchPage: (after: string | null) => Promise<Page<Item>>, inputs: Inputs): List<Item> {
  const [held, setHeld] = useState<Held<Item>>(empty)
  const [round, setRound] = useState(0)
  // Answers of an earlier question are dropped.
  const question = useRef(0)

  const ask = useCallback((after: string | null, before: readonly Item[]) => {
    question.current += 1
    const mine = question.current
    fetchPage(after).then(
      ({ items, next }) => {
        if (mine !== question.current) return
        setHeld({ ...empty, state: 'ready', items: [...before, ...items], next })
      },
      (error: unknown) => {
        if (mine === question.current) setHeld(now => ({ ...now, state: 'failed', error, loadingMore: false }))
      },
    )
  }, inputs)

  useEffect(() => {
    // What is on the page stays until the answer is here, so that nothing jumps.
    setHeld(before => (before.state === 'failed' ? empty : before))
    ask(null, [])
  }, [ask, round])

  return {
    state: held.state,
    error: held.error,
    items: held.items,
    hasMore: held.next !== null,
    loadingMore: held.loadingMore,
    more: () => {
      if (held.next === null || held.loadingMore) return
      setHeld({ ...held, loadingMore: true })
      ask(held.next, held.items)
    },
    reload: () => setRound(before => before + 1),
  }
}
