import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Link } from '../shared/router.tsx'
import { ProfileReminder } from './parts/profile-reminder.tsx'
import { useSession } from './session.tsx'

export interface LayoutProps {
  readonly path: string
  readonly children: ComponentChildren
}

/** Header, content and footer, the same on every page. */
export function Layout({ path, children }: LayoutProps): JSX.Element {
  const { profile, ready, signIn } = useSession()
  // Guessed at first, so that the header does not change while the page finds out.
  const member = profile !== null || (!ready && signIn.wasSignedIn())
  return (
    <div class="site">
      <a class="skip-link" href="#content">
        Skip to the content
      </a>
      <header class="header">
        <div class="header__inner">
          <Brand />
          {member ? <MemberLinks path={path} /> : <VisitorLinks path={path} />}
        </div>
      </header>
      <main id="content" class="content" tabIndex={-1}>
        {profile !== null && path !== '/complete-profile' && <ProfileReminder />}
        {children}
      </main>
      <Footer />
    </div>
  )
}

export function Brand(): JSX.Element {
  return (
    <Link href="/" class="brand" aria-label="Verso, to the start page">
      <svg class="brand__mark" viewBox="0 0 32 32" aria-hidden="true">
        <rect class="brand__ground" width="32" height="32" rx="9" />
        <path class="brand__stroke" d="M8 9.5 14.6 23a1.6 1.6 0 0 0 2.8 0L24 9.5" />
        <circle class="brand__dot" cx="16" cy="9.6" r="2.3" />
      </svg>
      <span class="brand__name">Verso</span>
    </Link>
  )
}

function VisitorLinks({ path }: { readonly path: string }): JSX.Element {
  return (
    <nav class="visitor-links" aria-label="Account">
      {path !== '/sign-in' && (
        <Link href="/sign-in" class="button button--quiet button--small">
          Sign in
        </Link>
      )}
      {path !== '/register' && (
        <Link href="/register" class="button button--primary button--small">
          Register
        </Link>
      )}
    </nav>
  )
}

const memberLinks = [
  ['/', 'Store'],
  ['/requests', 'Requests'],
  ['/licences', 'Licences'],
  ['/account', 'Account'],
] as const

function MemberLinks({ path }: { readonly path: string }): JSX.Element {
  const { signIn } = useSession()
  const [leaving, setLeaving] = useState(false)
  const leave = (): void => {
    setLeaving(true)
    void signIn.end().catch(() => setLeaving(false))
  }
  return (
    <>
      <nav class="nav" aria-label="Main">
        {memberLinks.map(([href, label]) => (
          <Link key={href} href={href} class="nav__link" {...currentOf(path, href)}>
            {label}
          </Link>
        ))}
      </nav>
      <button type="button" class="button button--small header__leave" disabled={leaving} onClick={leave}>
        Sign out
      </button>
    </>
  )
}

function currentOf(path: string, href: string): { 'aria-current'?: 'page' | 'true' } {
  if (path === href) return { 'aria-current': 'page' }
  return href === '/' && path.startsWith('/assets/') ? { 'aria-current': 'true' } : {}
}

function Footer(): JSX.Element {
  return (
    <footer class="footer">
      <div class="footer__inner">
        <p>Verso is the reference app of fastify-auth0-users. Its people and works are invented.</p>
        <nav class="row" aria-label="More">
          <a href="/documentation">API</a>
          <a href="/admin">Administration</a>
        </nav>
      </div>
    </footer>
  )
}
