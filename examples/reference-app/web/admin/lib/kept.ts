import { useRef } from 'preact/hooks'
import type { Load, Loaded } from '../../shared/load.ts'

/** The same, but what was there stays while something else is loaded in its place. */
export function useKept<Data>(load: Load<Data>): Load<Data> {
  const last = useRef<Loaded<Data>>()
  if (load.loaded.state === 'ready') last.current = load.loaded
  return load.loaded.state === 'loading' && last.current !== undefined ? { ...load, loaded: last.current } : load
}
