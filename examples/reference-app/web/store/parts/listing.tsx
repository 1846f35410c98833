import type { ComponentChildren, JSX } from 'preact'
import type { List } from '../../shared/list.ts'
import { Empty, Failed, Loading } from '../../shared/states.tsx'

export interface ListingProps<Item> {
  readonly list: List<Item>
  /** What to say when there is nothing. */
  readonly empty: ComponentChildren
  readonly children: (item: Item) => JSX.Element
}

/** A list with all its states, and a button for more. */
export function Listing<Item>({ list, empty, children }: ListingProps<Item>): JSX.Element {
  if (list.state === 'loading') return <Loading />
  if (list.state === 'failed') return <Failed error={list.error} onRetry={list.reload} />
  if (list.items.length === 0) return <Empty title="Nothing here yet">{empty}</Empty>
  return (
    <>
      <ul class="plain stack">{list.items.map(children)}</ul>
      {list.hasMore && (
        <button type="button" class="button more" disabled={list.loadingMore} onClick={list.more}>
          {list.loadingMore ? 'Loading …' : 'Show more'}
        </button>
      )}
    </>
  )
}
