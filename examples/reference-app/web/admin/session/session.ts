import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import { fetchConfig } from '../../shared/api.ts'
import { ApiError } from '../../shared/api-error.ts'
import { navigate } from '../../shared/router.tsx'
import type { SignIn } from '../../shared/sign-in.ts'
import type { Config } from '../../shared/types.ts'
import { api, beginSession, endSession, onSessionOver, resumeSession } from '../api/client.ts'
import type { Me } from '../api/types.ts'
import { root } from '../lib/pages.ts'

/** Where a visit stands. */
export type SessionState =
  | { readonly step: 'checking' }
  /** `over`: there was a session until a moment ago; `left`: the person signed out. */
  | { readonly step: 'signed-out'; readonly why?: 'over' | 'left' }
  /** Signed in, but not for this place. */
  | { readonly step: 'refused'; readonly error: ApiError }
  | { readonly step: 'failed'; readonly error: unknown }
  | { readonly step: 'signed-in'; readonly me: Me }

export interface SessionControl {
  readonly state: SessionState
  /** Leaves the page. `anew`: to sign in as another user than the one the identity provider knows. */
  signIn(options?: { readonly anew?: boolean }): Promise<void>
  signOut(): Promise<void>
  retry(): void
}

const callback = `${root}/callback`

/** The session of this browser, from the first look for it to its end. */
export function useSessionControl(): SessionControl {
  const [state, setState] = useState<SessionState>({ step: 'checking' })
  const start = (): void => {
    setState({ step: 'checking' })
    void establish().then(setState)
  }
  useEffect(() => {
    onSessionOver(() => setState({ step: 'signed-out', why: 'over' }))
    start()
  }, [])

  return {
    state,
    retry: start,
    async signIn({ anew = false } = {}) {
      try {
        const returnTo = location.pathname === callback ? root : location.pathname + location.search
        await (await identityProvider()).start({ appState: { returnTo }, anew })
      } catch (error) {
        setState({ step: 'failed', error })
      }
    },
    async signOut() {
      await endSession()
      navigate(root, { replace: true })
      setState({ step: 'signed-out', why: 'left' })
      // At the provider too, which would otherwise sign the same user in again without asking. A user who
      // cannot reach it still sees that the session here has ended.
      await (await identityProvider()).end(location.origin + root).catch(() => undefined)
    },
  }
}

/** Loaded for signing in or out only; an active session needs none of it. */
async function identityProvider(): Promise<SignIn> {
  const { createSignIn } = await import('../../shared/sign-in.ts')
  return createSignIn(await fetchConfig<Config>(), callback)
}

async function establish(): Promise<SessionState> {
  try {
    if (location.pathname === callback) await comeBack()
    else await resumeSession()
    return { step: 'signed-in', me: await api.get<Me>('/me/') }
  } catch (error) {
    if (!(error instanceof ApiError)) return { step: 'failed', error }
    if (error.status === 401) return { step: 'signed-out' }
    return error.status === 403 ? { step: 'refused', error } : { step: 'failed', error }
  }
}

/** From the sign-in page: with the access token a session begins, and the token is forgotten. */
async function comeBack(): Promise<void> {
  const query = new URLSearchParams(location.search)
  // Loaded anew, or opened from the history: the answer in the address was used before.
  if (!query.has('code') && !query.has('error')) return await resumeSession()
  try {
    const provider = await identityProvider()
    const { returnTo = root } = await provider.finish()
    await beginSession(await provider.token())
    navigate(isInside(returnTo) ? returnTo : root, { replace: true })
  } catch (error) {
    navigate(root, { replace: true })
    throw error
  }
}

function isInside(path: string): boolean {
  return path === root || path.startsWith(`${root}/`)
}

/** Who is signed in, and what they may do. */
export interface Staff {
  readonly me: Me
  can(permission: string): boolean
  signOut(): Promise<void>
}

export const StaffContext = createContext<Staff | null>(null)

export function useStaff(): Staff {
  const staff = useContext(StaffContext)
  if (staff === null) throw new Error('used outside of a session')
  return staff
}
