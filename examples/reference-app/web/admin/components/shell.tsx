import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Link, usePath } from '../../shared/router.tsx'
import { nameOf } from '../lib/format.ts'
import { mayOpen, type PageEntry, pageEntries, root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'
import { useAction } from './feedback.tsx'
import { Icon } from './icon.tsx'
import { Avatar } from './parts.tsx'

/** The frame of every page: navigation, who is signed in, and the page itself. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const path = usePath()
  const [open, setOpen] = useState(false)
  useEffect(() => setOpen(false), [path])
  useEffect(() => {
    if (!open) return
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setOpen(false)
    }
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [open])
  return (
    <div class="shell">
      <a class="skip-link" href="#main">
        To the content
      </a>
      <header class="shell__bar">
        <Link class="brand" href={root}>
          <img src="/icon.svg" alt="" width="28" height="28" />
          Verso <span class="muted">admin</span>
        </Link>
        <button
          type="button"
          class="button button--small shell__toggle"
          aria-expanded={open}
          aria-controls="navigation"
          onClick={() => setOpen(!open)}
        >
          Menu
        </button>
      </header>
      <div class="shell__side" id="navigation" data-open={open}>
        <Navigation path={path} />
        <Visitor />
      </div>
      <main class="shell__main" id="main">
        {children}
      </main>
    </div>
  )
}

function Navigation({ path }: { readonly path: string }) {
  const { can } = useStaff()
  return (
    <nav aria-label="Administration">
      <ul class="plain nav">
        {pageEntries
          .filter(entry => mayOpen(entry, can))
          .map(entry => (
            <li key={entry.path}>
              <Link class="nav__link" href={root + entry.path} aria-current={currentOf(entry, path)}>
                <Icon name={entry.icon} />
                {entry.label}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  )
}

function currentOf(entry: PageEntry, path: string): 'page' | 'true' | undefined {
  const full = root + entry.path
  if (path === full) return 'page'
  return entry.path !== '' && path.startsWith(`${full}/`) ? 'true' : undefined
}

function Visitor() {
  const { me, signOut } = useStaff()
  const { busy, run } = useAction()
  const name = nameOf(me.user)
  return (
    <div class="visitor">
      <div class="visitor__who">
        <Avatar name={name} />
        <div>
          <p class="visitor__name">{name}</p>
          <p class="muted small">{me.user.is_superuser ? 'Superuser' : 'Staff'}</p>
        </div>
      </div>
      <div class="row">
        <button
          type="button"
          class="button button--small"
          aria-disabled={busy}
          onClick={() => void run(signOut, 'You have signed out.')}
        >
          Sign out
        </button>
        <a class="small" href="/">
          To the store
        </a>
      </div>
    </div>
  )
}
