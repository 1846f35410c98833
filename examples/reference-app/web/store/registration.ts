import { completeRegistration, type FetchLike, type RegistrationResult } from 'fastify-auth0-users/browser'
import type { AppState } from '../shared/sign-in.ts'

/** What is needed to try again: the data themselves stay in the session storage. */
export type WaitingRegistration = Pick<AppState, 'registration' | 'consents'>

const profileUrl = '/api/v1/accounts/users/profile/'

/**
 * Saves what the registration form left behind, the consents given there first: without them the
 * server refuses the fields that need one. Never throws.
 */
export async function applyRegistration(
  { registration, consents = [] }: WaitingRegistration,
  token: () => Promise<string>,
): Promise<RegistrationResult> {
  if (registration === undefined) return { status: 'nothing' }
  const send: FetchLike = async (url, init) => {
    for (const consent of consents) {
      const body = JSON.stringify({ ...consent, granted: true })
      const response = await fetch(`${profileUrl}consents/`, { ...init, body })
      if (!response.ok) return response
    }
    return await fetch(url, init)
  }
  try {
    return await completeRegistration({ state: registration, token: await token(), url: profileUrl, fetch: send })
  } catch {
    // No token: the provider cannot be reached just now.
    return { status: 'failed', reason: 'network' }
  }
}
