import { Link } from '../../shared/router.tsx'
import { PageHead } from '../components/page.tsx'
import { root } from '../lib/pages.ts'

/** For an address that no page has. */
export function NotFound() {
  return (
    <>
      <PageHead title="Page not found" />
      <p>
        <Link href={root}>To the overview</Link>
      </p>
    </>
  )
}

/** For a page that exists, but not for this visitor. */
export function NotYours({ title }: { readonly title: string }) {
  return (
    <>
      <PageHead title={title} />
      <p class="note note--wait" role="alert">
        You do not have the permissions for this page. Ask a superuser if you need them.
      </p>
    </>
  )
}
