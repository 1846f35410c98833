import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { navigate } from '../shared/router.tsx'
import { Loading } from '../shared/states.tsx'
import { AccountPage } from './pages/account/account.tsx'
import { AssetPage } from './pages/asset.tsx'
import { CompleteProfilePage } from './pages/complete-profile.tsx'
import { LandingPage } from './pages/landing.tsx'
import { LicencesPage } from './pages/licences.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { RegisterPage } from './pages/register.tsx'
import { RequestsPage } from './pages/requests.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { StorePage } from './pages/store.tsx'

interface Props {
  readonly path: string
}

const assetId = (path: string): string | undefined => /^\/assets\/([^/]+)$/.exec(path)?.[1]

const memberPaths = ['/requests', '/licences', '/account', '/complete-profile']

/** For visitors: pages of members lead to the sign-in, and from there back. */
export function PublicPages({ path }: Props): JSX.Element {
  if (path === '/') return <LandingPage />
  if (path === '/register') return <RegisterPage />
  if (path === '/sign-in') return <SignInPage />
  if (memberPaths.includes(path) || assetId(path) !== undefined) return <SignInPage returnTo={path} />
  return <NotFoundPage />
}

export function SignedInPages({ path }: Props): JSX.Element {
  const id = assetId(path)
  if (id !== undefined) return <AssetPage key={id} id={id} />
  switch (path) {
    case '/':
      return <StorePage />
    case '/requests':
      return <RequestsPage />
    case '/licences':
      return <LicencesPage />
    case '/account':
      return <AccountPage />
    case '/complete-profile':
      return <CompleteProfilePage />
    case '/register':
    case '/sign-in':
      return <GoTo path="/" />
    default:
      return <NotFoundPage />
  }
}

function GoTo({ path }: Props): JSX.Element {
  useEffect(() => navigate(path, { replace: true }), [path])
  return <Loading text="One moment" />
}
