import type { JSX } from 'preact'
import { day } from '../../shared/format.ts'
import { useList } from '../../shared/list.ts'
import { PageTitle } from '../../shared/page.tsx'
import { Link } from '../../shared/router.tsx'
import type { AccessRequest, Page } from '../../shared/types.ts'
import { statusBadges } from '../parts/kinds.ts'
import { Listing } from '../parts/listing.tsx'
import { WithdrawButton } from '../parts/withdraw-button.tsx'
import { useSession } from '../session.tsx'

/** What the person has asked for, newest first. */
export function RequestsPage(): JSX.Element {
  const { api } = useSession()
  const list = useList(after => api.get<Page<AccessRequest>>('/store/access-requests/mine', { after }), [api])
  return (
    <div class="medium stack stack--l">
      <PageTitle title="My requests" />
      <Listing
        list={list}
        empty={
          <p>
            When you ask for a licence, you see here how it stands. <Link href="/">Look around in the store</Link>
          </p>
        }
      >
        {request => <RequestItem key={request.id} request={request} onChanged={list.reload} />}
      </Listing>
    </div>
  )
}

interface RequestItemProps {
  readonly request: AccessRequest
  readonly onChanged: () => void
}

function RequestItem({ request, onChanged }: RequestItemProps): JSX.Element {
  const { asset, purpose, status, reason, created_at, decided_at } = request
  const [label, badge] = statusBadges[status]
  return (
    <li class="card item">
      <img class="item__art" src={asset.preview_url} alt="" width="120" height="90" loading="lazy" />
      <div class="item__text stack stack--s">
        <div class="row row--apart">
          <h2 class="item__title">
            <Link href={`/assets/${asset.id}`}>{asset.title}</Link>
          </h2>
          <span class={badge}>{label}</span>
        </div>
        <p class="prose">{purpose}</p>
        {reason !== null && reason !== '' && <p class="note note--bad small">{reason}</p>}
        <div class="row row--apart">
          <p class="muted small">
            Asked on {day(created_at)}
            {decided_at !== null && `, decided on ${day(decided_at)}`}
          </p>
          {status === 'pending' && <WithdrawButton request={request} onWithdrawn={onChanged} />}
        </div>
      </div>
    </li>
  )
}
