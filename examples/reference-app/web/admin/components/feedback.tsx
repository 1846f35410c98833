import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { List } from '../../shared/list.ts'
import type { Load } from '../../shared/load.ts'
import { toast } from '../../shared/toast.tsx'
import { explain } from '../api/explain.ts'

/** Placeholder rows while a list is loading. */
export function Loading({ rows = 4 }: { readonly rows?: number }): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading …</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="skeleton loading__row" />
      ))}
    </div>
  )
}

interface FailureProps {
  readonly error: unknown
  readonly onRetry?: (() => void) | undefined
}

/** Why something did not work, and a way to try again where that may help. */
export function Failure({ error, onRetry }: FailureProps): JSX.Element {
  const { title, text, retry } = explain(error)
  return (
    <div class="note note--bad" role="alert">
      <strong>{title}</strong>
      <p>{text}</p>
      {retry && onRetry !== undefined && (
        <div>
          <button type="button" class="button button--small" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </div>
  )
}

/** A list without entries. */
export function Nothing({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="nothing muted">{children}</p>
}

interface ShowProps<Data> {
  readonly load: Load<Data>
  readonly rows?: number
  /** Placeholder while loading. @default some rows */
  readonly waiting?: ComponentChildren
  readonly children: (data: Data) => ComponentChildren
}

/** Loading, failed or loaded. */
export function Show<Data>({ load: { loaded, reload }, rows = 4, waiting, children }: ShowProps<Data>): JSX.Element {
  if (loaded.state === 'loading') return <>{waiting ?? <Loading rows={rows} />}</>
  if (loaded.state === 'failed') return <Failure error={loaded.error} onRetry={reload} />
  return <>{children(loaded.data)}</>
}

interface ShowListProps<Item> {
  readonly list: List<Item>
  readonly rows?: number
  readonly nothing: ComponentChildren
  readonly children: (items: readonly Item[]) => ComponentChildren
}

/** A list that is read page by page, with a button for the next page. */
export function ShowList<Item>({ list, rows = 6, nothing, children }: ShowListProps<Item>): JSX.Element {
  const { state, error, items } = list
  return (
    <div class="stack">
      {state === 'failed' && <Failure error={error} onRetry={list.reload} />}
      {items.length > 0 ? (
        children(items)
      ) : state === 'loading' ? (
        <Loading rows={rows} />
      ) : state === 'ready' ? (
        <Nothing>{nothing}</Nothing>
      ) : null}
      {items.length > 0 && <More list={list} />}
    </div>
  )
}

function More<Item>({ list: { items, hasMore, loadingMore, more } }: { readonly list: List<Item> }): JSX.Element {
  return (
    <div class="row">
      <p class="muted small" role="status">
        {items.length} {hasMore ? 'shown, there are more' : 'in all'}
      </p>
      {hasMore && (
        <button type="button" class="button button--small" aria-disabled={loadingMore} onClick={more}>
          {loadingMore ? 'Loading …' : 'Show more'}
        </button>
      )}
    </div>
  )
}

export interface Action {
  readonly busy: boolean
  /** Runs a change, one at a time, and says how it went. True when it succeeded. */
  run(change: () => Promise<unknown>, success: string): Promise<boolean>
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false)
  return {
    busy,
    async run(change, success) {
      if (busy) return false
      setBusy(true)
      try {
        await change()
        toast(success)
        return true
      } catch (error) {
        const { title, text } = explain(error)
        toast(`${title}. ${text}`, 'bad')
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}
