import type { JSX } from 'preact'
import { day } from '../../shared/format.ts'
import { useList } from '../../shared/list.ts'
import { PageTitle } from '../../shared/page.tsx'
import { Link } from '../../shared/router.tsx'
import type { Licence, Page } from '../../shared/types.ts'
import { CertificateButton } from '../parts/certificate-button.tsx'
import { Listing } from '../parts/listing.tsx'
import { useSession } from '../session.tsx'

/** What the person may use, and until when. */
export function LicencesPage(): JSX.Element {
  const { api } = useSession()
  const list = useList(after => api.get<Page<Licence>>('/store/licences', { after }), [api])
  return (
    <div class="medium stack stack--l">
      <PageTitle title="My licences" />
      <Listing
        list={list}
        empty={
          <p>
            A licence appears here once a request of yours is approved. <Link href="/requests">My requests</Link>
          </p>
        }
      >
        {licence => <LicenceItem key={licence.id} licence={licence} />}
      </Listing>
    </div>
  )
}

function LicenceItem({ licence }: { readonly licence: Licence }): JSX.Element {
  const { asset, status, granted_at, expires_at } = licence
  const active = status === 'active'
  return (
    <li class="card item">
      <img class="item__art" src={asset.preview_url} alt="" width="120" height="90" loading="lazy" />
      <div class="item__text stack stack--s">
        <div class="row row--apart">
          <h2 class="item__title">
            <Link href={`/assets/${asset.id}`}>{asset.title}</Link>
          </h2>
          <span class={active ? 'badge badge--good' : 'badge'}>{active ? 'Active' : 'Expired'}</span>
        </div>
        <div class="row row--apart">
          <p class="muted small">
            Granted on {day(granted_at)}, {active ? 'valid until' : 'expired on'} {day(expires_at)}
          </p>
          {active && <CertificateButton licence={licence} of={asset.title} />}
        </div>
      </div>
    </li>
  )
}
