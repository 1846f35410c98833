import { type Inputs, useCallback, useEffect, useState } from 'preact/hooks'

export type Loaded<Data> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'ready'; readonly data: Data }

export interface Load<Data> {
  readonly loaded: Loaded<Data>
  /** Asks again; what is there stays on the page meanwhile. */
  reload(): void
  /** Puts an answer in the place of what was loaded. */
  replace(data: Data): void
}

/** Loads when the component appears and when `inputs` change; an answer that comes too late is dropped. */
export function useLoad<Data>(load: () => Promise<Data>, inputs: Inputs): Load<Data> {
  const [loaded, setLoaded] = useState<Loaded<Data>>({ state: 'loading' })
  const [round, setRound] = useState(0)
  useEffect(() => {
    let current = true
    const finish = (next: Loaded<Data>): void => {
      if (current) setLoaded(next)
    }
    setLoaded(before => (before.state === 'ready' && round > 0 ? before : { state: 'loading' }))
    load().then(
      data => finish({ state: 'ready', data }),
      (error: unknown) => finish({ state: 'failed', error }),
    )
    return () => {
      current = false
    }
  }, [...inputs, round])
  return {
    loaded,
    reload: useCallback(() => setRound(before => before + 1), []),
    replace: useCallback((data: Data) => setLoaded({ state: 'ready', data }), []),
  }
}
