import type { ComponentChildren, JSX } from 'preact'
import { PageTitle } from '../../shared/page.tsx'
import { Link } from '../../shared/router.tsx'

interface PageHeadProps {
  readonly title: string
  readonly lead?: ComponentChildren
  /** The page above this one. */
  readonly back?: { readonly href: string; readonly label: string }
  readonly actions?: ComponentChildren
}

/** The head of a page: what it is about, and what can be done with the whole of it. */
export function PageHead({ title, lead, back, actions }: PageHeadProps): JSX.Element {
  return (
    <header class="page-head">
      {back !== undefined && (
        <Link class="page-head__back" href={back.href}>
          <span aria-hidden="true">←</span> {back.label}
        </Link>
      )}
      <div class="row row--apart">
        <PageTitle title={`${title} – Administration`}>{title}</PageTitle>
        {actions !== undefined && <div class="row">{actions}</div>}
      </div>
      {lead !== undefined && <p class="muted page-head__lead">{lead}</p>}
    </header>
  )
}

interface SectionProps {
  readonly title: string
  readonly lead?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

/** A titled part of a page. */
export function Section({ title, lead, actions, children }: SectionProps): JSX.Element {
  return (
    <section class="card stack">
      <div class="row row--apart section__head">
        <div class="stack stack--s">
          <h2 class="section__title">{title}</h2>
          {lead !== undefined && <p class="muted small">{lead}</p>}
        </div>
        {actions !== undefined && <div class="row">{actions}</div>}
      </div>
      {children}
    </section>
  )
}
