import type { JSX } from 'preact'
import { PageTitle } from '../../shared/page.tsx'
import { Link } from '../../shared/router.tsx'

export function NotFoundPage(): JSX.Element {
  return (
    <div class="state">
      <p class="eyebrow">404</p>
      <PageTitle title="Page not found" />
      <p class="state__text">The address may be mistyped, or what it led to is gone.</p>
      <Link href="/" class="button button--primary">
        To the store
      </Link>
    </div>
  )
}
