import type { JSX } from 'preact'
import { Link } from '../../shared/router.tsx'
import type { AccessRequest, RequestStatus } from '../../shared/types.ts'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'
import { Asking, Badge, type Tone, When } from './parts.tsx'

const tones: Readonly<Record<RequestStatus, Tone>> = {
  pending: 'wait',
  approved: 'good',
  refused: 'bad',
  withdrawn: 'plain',
}

interface RequestCardProps {
  readonly request: AccessRequest
  readonly onApprove: () => void
  readonly onRefuse: () => void
}

/** Who wants what and for which purpose, and, as long as it waits, what to do about it. */
export function RequestCard({ request, onApprove, onRefuse }: RequestCardProps): JSX.Element {
  const { can } = useStaff()
  const { asset, purpose, status, reason } = request
  const mayDecide = status === 'pending' && can('store.change_accessrequest')
  return (
    <li class="card request">
      <img class="request__picture" src={asset.preview_url} alt="" width="160" height="120" loading="lazy" />
      <div class="stack stack--s request__text">
        <div class="row row--apart">
          <h2 class="request__title">{asset.title}</h2>
          <Badge tone={tones[status]}>{status}</Badge>
        </div>
        <Asker request={request} />
        <p class="request__purpose">{purpose}</p>
        {reason !== null && (
          <p class="small">
            <strong>Reason given:</strong> {reason}
          </p>
        )}
        {mayDecide && (
          <div class="row request__actions">
            <button type="button" class="button button--primary button--small" onClick={onApprove}>
              <Asking what="Approve">{asset.title}</Asking>
            </button>
            <button type="button" class="button button--small" onClick={onRefuse}>
              <Asking what="Refuse">{asset.title}</Asking>
            </button>
          </div>
        )}
      </div>
    </li>
  )
}

function Asker({ request: { requester, created_at, decided_at } }: { readonly request: AccessRequest }): JSX.Element {
  const { can } = useStaff()
  return (
    <p class="muted small">
      {requester !== undefined && (
        <>
          {can('accounts.view_user') ? (
            <Link href={`${root}/users/${requester.id}`}>{requester.name}</Link>
          ) : (
            requester.name
          )}
          {requester.email !== null && ` · ${requester.email}`}
          {' · '}
        </>
      )}
      asked <When at={created_at} />
      {decided_at !== null && (
        <>
          , decided <When at={decided_at} />
        </>
      )}
    </p>
  )
}
