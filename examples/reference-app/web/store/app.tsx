import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { createApi, fetchConfig } from '../shared/api.ts'
import { useLoad } from '../shared/load.ts'
import { usePath } from '../shared/router.tsx'
import { createSignIn } from '../shared/sign-in.ts'
import { Failed, Loading } from '../shared/states.tsx'
import { Toasts, toast } from '../shared/toast.tsx'
import type { Config, Profile } from '../shared/types.ts'
import { Layout } from './layout.tsx'
import { CallbackPage } from './pages/callback.tsx'
import type { WaitingRegistration } from './registration.ts'
import { PublicPages, SignedInPages } from './routes.tsx'
import { profilePath, type Session, SessionProvider, useSession } from './session.tsx'

export function App(): JSX.Element {
  const { loaded, reload } = useLoad(() => fetchConfig<Config>(), [])
  return (
    <>
      {loaded.state === 'ready' && <Store config={loaded.data} />}
      {loaded.state === 'loading' && <Loading text="Opening the store" />}
      {loaded.state === 'failed' && <Failed error={loaded.error} onRetry={reload} />}
      <Toasts />
    </>
  )
}

function Store({ config }: { readonly config: Config }): JSX.Element {
  const path = usePath()
  const session = useNewSession(config)
  // The callback page finds out by itself who is here.
  return (
    <SessionProvider value={session}>
      <Layout path={path}>{path === '/callback' ? <CallbackPage /> : <Resumed path={path} />}</Layout>
    </SessionProvider>
  )
}

function useNewSession(config: Config): Session {
  const [ready, setReady] = useState(false)
  const [profile, setProfile] = useState<Profile | null>(null)
  const [waiting, setWaiting] = useState<WaitingRegistration | undefined>()
  const parts = useMemo(() => {
    const signIn = createSignIn(config, '/callback')
    const credentials = async () => ({ authorization: `Bearer ${await signIn.token()}` })
    const onSignedOut = (): void => {
      setProfile(null)
      toast('Your sign-in has ended. Please sign in again.', 'bad')
    }
    return { signIn, api: createApi({ credentials, onSignedOut }) }
  }, [config])
  const markReady = (): void => setReady(true)
  return { config, ...parts, ready, profile, waiting, markReady, setProfile, setWaiting }
}

/** After a load of the page: the tokens were in memory, so the provider is asked silently who is here. */
function Resumed({ path }: { readonly path: string }): JSX.Element {
  const { signIn, api, profile, setProfile, markReady } = useSession()
  const { loaded, reload } = useLoad(async () => {
    if (profile !== null || !(await signIn.resume())) return
    setProfile(await api.get<Profile>(profilePath))
  }, [])
  useEffect(() => {
    if (loaded.state !== 'loading') markReady()
  }, [loaded.state])
  if (profile !== null) return <SignedInPages path={path} />
  if (loaded.state === 'loading') return <Loading text="One moment" />
  if (loaded.state === 'failed') return <Failed error={loaded.error} onRetry={reload} />
  return <PublicPages path={path} />
}
