import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Api } from '../shared/api.ts'
import type { SignIn } from '../shared/sign-in.ts'
import type { Config, Profile } from '../shared/types.ts'
import type { WaitingRegistration } from './registration.ts'

/** What every page may know: who is here, and how to ask the API and the identity provider. */
export interface Session {
  readonly config: Config
  readonly signIn: SignIn
  readonly api: Api
  /** False until it is known whether a user is signed in. */
  readonly ready: boolean
  /** null while no user is signed in. */
  readonly profile: Profile | null
  /** Registration data that could not be saved yet; they wait in this tab for half an hour. */
  readonly waiting: WaitingRegistration | undefined
  markReady(): void
  setProfile(profile: Profile): void
  setWaiting(waiting: WaitingRegistration | undefined): void
}

const SessionContext = createContext<Session | null>(null)

export const SessionProvider = SessionContext.Provider

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('a page was rendered outside of the session')
  return session
}

/** For pages that are shown to people who are signed in only. */
export function useProfile(): Profile {
  const { profile } = useSession()
  if (profile === null) throw new Error('this page must be shown to signed-in users only')
  return profile
}

/** The paths of the profile API. */
export const profilePath = '/accounts/users/profile/'
