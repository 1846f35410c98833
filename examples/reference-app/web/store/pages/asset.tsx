import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { price } from '../../shared/format.ts'
import { useLoad } from '../../shared/load.ts'
import { PageTitle } from '../../shared/page.tsx'
import { Link } from '../../shared/router.tsx'
import { Failed, Loading } from '../../shared/states.tsx'
import { toast } from '../../shared/toast.tsx'
import type { AssetDetail } from '../../shared/types.ts'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { kindLabels } from '../parts/kinds.ts'
import { Standing } from '../parts/standing.tsx'
import { useSession } from '../session.tsx'

export function AssetPage({ id }: { readonly id: string }): JSX.Element {
  const { api } = useSession()
  const { loaded, reload } = useLoad(() => api.get<AssetDetail>(`/store/assets/${id}`), [id])
  return (
    <div class="stack stack--l">
      <nav aria-label="Back">
        <Link href="/">← All works</Link>
      </nav>
      {loaded.state === 'loading' && <Loading text="Fetching the work" />}
      {loaded.state === 'failed' && <Failed error={loaded.error} onRetry={reload} />}
      {loaded.state === 'ready' && <Detail asset={loaded.data} onChanged={reload} />}
    </div>
  )
}

interface DetailProps {
  readonly asset: AssetDetail
  readonly onChanged: () => void
}

function Detail({ asset, onChanged }: DetailProps): JSX.Element {
  const [asking, setAsking] = useState(false)
  const asked = (): void => {
    setAsking(false)
    toast('Your request is on its way. We will look at it soon.')
    onChanged()
  }
  return (
    <article class="detail">
      <img class="detail__art" src={asset.preview_url} alt={`Preview of ${asset.title}`} width="960" height="720" />
      <div class="detail__text stack stack--l">
        <div class="stack stack--s">
          <p class="row">
            <span class="badge">{kindLabels[asset.kind]}</span>
            <span class="muted">{asset.creator}</span>
          </p>
          <PageTitle title={asset.title} />
          <p class="lead">{asset.summary}</p>
        </div>
        <Standing asset={asset} onAsk={() => setAsking(true)} onChanged={onChanged} />
      </div>
      <div class="detail__more stack stack--l">
        <section class="stack stack--s">
          <h2>About this work</h2>
          <p class="prose">{asset.description}</p>
        </section>
        <section class="stack stack--s">
          <h2>Licence</h2>
          <p class="prose">{asset.terms}</p>
          <p>
            <strong>{price(asset.price_cents, asset.currency)}</strong>
          </p>
        </section>
      </div>
      {asking && <AskDialog asset={asset} onClose={() => setAsking(false)} onAsked={asked} />}
    </article>
  )
}
