import type { JSX } from 'preact'
import { useLoad } from '../../shared/load.ts'
import { Link } from '../../shared/router.tsx'
import type { AccessRequest, Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import type { Overview as Counts, TrailEntry } from '../api/types.ts'
import { Nothing, Show } from '../components/feedback.tsx'
import { PageHead, Section } from '../components/page.tsx'
import { When } from '../components/parts.tsx'
import { TrailTable } from '../components/trail-table.tsx'
import { formatCount, nameOf } from '../lib/format.ts'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'

/** The first page: how many of everything, and what waits. */
export function Overview(): JSX.Element {
  const { me, can } = useStaff()
  const counts = useLoad(() => api.get<Counts>('/staff/overview'), [])
  return (
    <>
      <PageHead title="Overview" lead={`Good to see you, ${nameOf(me.user)}. Today's overview.`} />
      <Show load={counts} waiting={<Tiles counts={undefined} />}>
        {data => <Tiles counts={data} />}
      </Show>
      {can('store.view_accessrequest') && <Waiting />}
      {can('accounts.view_audit') && <Latest />}
    </>
  )
}

interface TileProps {
  readonly label: string
  /** Undefined while it is loaded. */
  readonly value: number | undefined
  /** Where more of it is, for those who may go there. */
  readonly href?: string | undefined
  readonly tone?: 'plain' | 'wait' | 'bad'
}

function Tiles({ counts }: { readonly counts: Counts | undefined }): JSX.Element {
  const { can } = useStaff()
  const link = (path: string, permission: string) => (can(permission) ? root + path : undefined)
  const tiles: readonly TileProps[] = [
    {
      label: 'Requests to decide',
      value: counts?.pending_requests,
      href: link('/requests', 'store.view_accessrequest'),
      tone: counts !== undefined && counts.pending_requests > 0 ? 'wait' : 'plain',
    },
    { label: 'Licences in force', value: counts?.active_licences },
    { label: 'Assets', value: counts?.assets, href: link('/assets', 'store.change_asset') },
    { label: 'People', value: counts?.people, href: link('/users', 'accounts.view_user') },
    {
      label: 'Failed jobs',
      value: counts?.failed_jobs,
      href: link('/jobs', 'jobs.view_job'),
      tone: counts !== undefined && counts.failed_jobs > 0 ? 'bad' : 'plain',
    },
  ]
  return (
    <ul class="plain tiles">
      {tiles.map(tile => (
        <Tile key={tile.label} {...tile} />
      ))}
    </ul>
  )
}

function Tile({ label, value, href, tone = 'plain' }: TileProps): JSX.Element {
  return (
    <li class={`card tile tile--${tone}`}>
      <span class="tile__label">{href === undefined ? label : <Link href={href}>{label}</Link>}</span>
      <span class="tile__value">
        {value === undefined ? <span class="skeleton tile__waiting" aria-hidden="true" /> : formatCount(value)}
      </span>
    </li>
  )
}

function Waiting(): JSX.Element {
  const load = useLoad(
    () => api.get<Page<AccessRequest>>('/store/access-requests', { status: 'pending', limit: 3 }),
    [],
  )
  const all = <Link href={`${root}/requests`}>All requests</Link>
  return (
    <Section title="Waiting for a decision" actions={all}>
      <Show load={load} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>No pending requests.</Nothing>
          ) : (
            <ul class="plain lines">
              {items.map(request => (
                <RequestLine key={request.id} request={request} />
              ))}
            </ul>
          )
        }
      </Show>
    </Section>
  )
}

function RequestLine({ request: { asset, requester, purpose, created_at } }: { readonly request: AccessRequest }) {
  return (
    <li class="line">
      <img class="line__picture" src={asset.preview_url} alt="" width="64" height="48" loading="lazy" />
      <div class="line__text">
        <strong>{asset.title}</strong>
        <span class="muted small line__clip">
          {requester?.name}: {purpose}
        </span>
      </div>
      <span class="muted small nowrap">
        <When at={created_at} />
      </span>
    </li>
  )
}

function Latest(): JSX.Element {
  const load = useLoad(() => api.get<Page<TrailEntry>>('/accounts/admin/audit', { limit: 6 }), [])
  const all = <Link href={`${root}/audit`}>The whole trail</Link>
  return (
    <Section title="What happened last" actions={all}>
      <Show load={load}>{({ items }) => <TrailTable entries={items} />}</Show>
    </Section>
  )
}
