import type { JSX } from 'preact'
import { day, price } from '../../shared/format.ts'
import { Link } from '../../shared/router.tsx'
import type { AccessRequest, AssetDetail } from '../../shared/types.ts'
import { CertificateButton } from './certificate-button.tsx'
import { WithdrawButton } from './withdraw-button.tsx'

export interface StandingProps {
  readonly asset: AssetDetail
  readonly onAsk: () => void
  readonly onChanged: () => void
}

/** The user's relation to an asset: a licence, a request, or the button to request one. */
export function Standing({ asset, onAsk, onChanged }: StandingProps): JSX.Element {
  const { my_licence: licence, my_request: request } = asset
  if (licence?.status === 'active') {
    return (
      <div class="note note--good">
        <p>
          <strong>You have a licence</strong> until {day(licence.expires_at)}.
        </p>
        <div class="row">
          <CertificateButton licence={licence} />
          <Link href="/licences">My licences</Link>
        </div>
      </div>
    )
  }
  if (request?.status === 'pending') return <Pending request={request} onChanged={onChanged} />
  return (
    <div class="stack">
      {request?.status === 'refused' && (
        <div class="note note--bad">
          <p>
            <strong>Your request was refused.</strong> {request.reason}
          </p>
        </div>
      )}
      {licence?.status === 'expired' && <p class="note">Your licence expired on {day(licence.expires_at)}.</p>}
      <div class="row">
        <button type="button" class="button button--primary" onClick={onAsk}>
          Ask for a licence
        </button>
        <span class="muted">{price(asset.price_cents, asset.currency)}</span>
      </div>
    </div>
  )
}

interface PendingProps {
  readonly request: AccessRequest
  readonly onChanged: () => void
}

function Pending({ request, onChanged }: PendingProps): JSX.Element {
  return (
    <div class="note note--wait">
      <p>
        <strong>You asked for a licence</strong> on {day(request.created_at)}. A person will decide soon.
      </p>
      <div class="row">
        <WithdrawButton request={request} onWithdrawn={onChanged} />
        <Link href="/requests">My requests</Link>
      </div>
    </div>
  )
}
