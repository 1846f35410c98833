import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { price } from '../../shared/format.ts'
import { type List, useList } from '../../shared/list.ts'
import { PageTitle } from '../../shared/page.tsx'
import { Link, setQuery, useQuery } from '../../shared/router.tsx'
import { Empty, Failed } from '../../shared/states.tsx'
import { type Asset, type AssetKind, assetKinds, type Page } from '../../shared/types.ts'
import { kindLabels, kindPlurals } from '../parts/kinds.ts'
import { useSession } from '../session.tsx'

/** Milliseconds after the last key before the search is sent. */
const typingPause = 250

const pageSize = 12

/** Everything there is, with search and a filter by kind. */
export function StorePage(): JSX.Element {
  const { api } = useSession()
  // In the address, so that the way back from a work leads to the same list.
  const query = useQuery()
  const wanted = query.get('search') ?? ''
  const kind = assetKinds.find(known => known === query.get('kind')) ?? ''
  const [search, setSearch] = useSearch(wanted)
  const list = useList<Asset>(
    after => api.get<Page<Asset>>('/store/assets', { search: wanted, kind, after, limit: pageSize }),
    [api, wanted, kind],
  )
  const clear = (): void => {
    setSearch('')
    setQuery({ search: '', kind: '' })
  }
  return (
    <div class="stack stack--l">
      <div class="store-head">
        <PageTitle title="Store" />
        <search class="store-head__search">
          <label class="visually-hidden" for="search">
            Search the store
          </label>
          <input
            id="search"
            class="input"
            type="search"
            placeholder="Search titles and makers"
            value={search}
            onInput={event => setSearch(event.currentTarget.value)}
          />
        </search>
      </div>
      <KindFilter kind={kind} onKind={chosen => setQuery({ kind: chosen })} />
      <Results list={list} onClear={clear} />
    </div>
  )
}

/** What is being typed; it goes into the address once nothing was typed for a moment. */
function useSearch(wanted: string): [string, (search: string) => void] {
  const [search, setSearch] = useState(wanted)
  useEffect(() => {
    if (search.trim() === wanted) return
    const timer = setTimeout(() => setQuery({ search: search.trim() }), typingPause)
    return () => clearTimeout(timer)
  }, [search, wanted])
  return [search, setSearch]
}

interface KindFilterProps {
  readonly kind: AssetKind | ''
  readonly onKind: (kind: AssetKind | '') => void
}

function KindFilter({ kind, onKind }: KindFilterProps): JSX.Element {
  const choices: readonly (AssetKind | '')[] = ['', ...assetKinds]
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">Kind</legend>
      {choices.map(choice => (
        <label key={choice} class="chip">
          <input type="radio" name="kind" checked={kind === choice} onChange={() => onKind(choice)} />
          {choice === '' ? 'Everything' : kindPlurals[choice]}
        </label>
      ))}
    </fieldset>
  )
}

interface ResultsProps {
  readonly list: List<Asset>
  readonly onClear: () => void
}

function Results({ list, onClear }: ResultsProps): JSX.Element {
  if (list.state === 'failed') return <Failed error={list.error} onRetry={list.reload} />
  if (list.state === 'loading') return <Skeletons />
  if (list.items.length === 0) {
    return (
      <Empty title="Nothing fits">
        <p>Try other words, or another kind.</p>
        <p>
          <button type="button" class="button" onClick={onClear}>
            Show everything
          </button>
        </p>
      </Empty>
    )
  }
  return (
    <>
      <p class="visually-hidden" role="status">
        {list.items.length} {list.hasMore ? 'works, and there are more' : 'works'}
      </p>
      <ul class="plain grid">
        {list.items.map(asset => (
          <AssetCard key={asset.id} asset={asset} />
        ))}
      </ul>
      {list.hasMore && (
        <button type="button" class="button more" disabled={list.loadingMore} onClick={list.more}>
          {list.loadingMore ? 'Loading …' : 'Show more'}
        </button>
      )}
    </>
  )
}

function AssetCard({ asset }: { readonly asset: Asset }): JSX.Element {
  return (
    <li class="asset-card">
      <img class="asset-card__art" src={asset.preview_url} alt="" width="480" height="360" loading="lazy" />
      <div class="asset-card__text">
        <h2 class="asset-card__title">
          <Link href={`/assets/${asset.id}`}>{asset.title}</Link>
        </h2>
        <p class="muted small">{asset.creator}</p>
        <p class="asset-card__foot">
          <span class="badge">{kindLabels[asset.kind]}</span>
          <span class="small">{price(asset.price_cents, asset.currency)}</span>
        </p>
      </div>
    </li>
  )
}

function Skeletons(): JSX.Element {
  return (
    <ul class="plain grid" aria-label="Loading" aria-busy="true">
      {Array.from({ length: 8 }, (_, index) => (
        <li key={index} class="asset-card">
          <div class="asset-card__art skeleton" />
          <div class="asset-card__text">
            <div class="skeleton skeleton--line" />
            <div class="skeleton skeleton--line skeleton--short" />
          </div>
        </li>
      ))}
    </ul>
  )
}
