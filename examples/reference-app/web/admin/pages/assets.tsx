import type { JSX } from 'preact'
import { humanise, price } from '../../shared/format.ts'
import { useList } from '../../shared/list.ts'
import { Link, setQuery, useQuery } from '../../shared/router.tsx'
import { type Asset, assetKinds, type Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import { ShowList } from '../components/feedback.tsx'
import { Filter, Search } from '../components/filter.tsx'
import { PageHead } from '../components/page.tsx'
import { Badge, When } from '../components/parts.tsx'
import { type Column, DataTable } from '../components/table.tsx'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'

const columns: readonly Column<Asset>[] = [
  { label: 'Asset', render: asset => <AssetName asset={asset} /> },
  { label: 'Kind', render: asset => <Badge>{asset.kind}</Badge> },
  { label: 'Creator', render: asset => asset.creator },
  { label: 'Price', figures: true, render: asset => price(asset.price_cents, asset.currency) },
  { label: 'Changed', render: asset => <When at={asset.updated_at} /> },
]

/** Everything that the store offers. */
export function Assets(): JSX.Element {
  const { can } = useStaff()
  const query = useQuery()
  const [search, kind] = [query.get('search') ?? '', query.get('kind') ?? '']
  const list = useList<Asset>(after => api.get<Page<Asset>>('/store/assets', { search, kind, after }), [search, kind])
  const add = can('store.add_asset') && (
    <Link class="button button--primary" href={`${root}/assets/new`}>
      New asset
    </Link>
  )
  return (
    <>
      <PageHead title="Assets" lead="What people find in the store." actions={add} />
      <div class="filters">
        <Search label="Search" value={search} onSearch={text => setQuery({ search: text })} />
        <Filter label="Kind">
          {id => (
            <select id={id} class="input" value={kind} onInput={event => setQuery({ kind: event.currentTarget.value })}>
              <option value="">All kinds</option>
              {assetKinds.map(name => (
                <option key={name} value={name}>
                  {humanise(name)}
                </option>
              ))}
            </select>
          )}
        </Filter>
      </div>
      <ShowList list={list} nothing="Nothing fits. Try another word or kind.">
        {items => <DataTable caption="Assets" columns={columns} rows={items} keyOf={asset => asset.id} />}
      </ShowList>
    </>
  )
}

function AssetName({ asset }: { readonly asset: Asset }): JSX.Element {
  return (
    <span class="named">
      <img class="named__picture" src={asset.preview_url} alt="" width="48" height="36" loading="lazy" />
      <span class="named__text">
        <Link href={`${root}/assets/${asset.id}`}>{asset.title}</Link>
        <span class="muted small">{asset.summary}</span>
      </span>
    </span>
  )
}
