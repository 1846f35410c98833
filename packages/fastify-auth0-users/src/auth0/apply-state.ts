import type { PushContext, PushedPeople, PushedPerson } from '../users/push/pushed.ts'
import { selectStates } from './event.repository.ts'
import { hashOf } from './message.ts'
import type { ResolvedAuth0Events } from './options.ts'
import { isDeleted, type SubjectState, secondOf } from './subject-state.ts'

/** Applies the state that messages reported for one identity to its user's row; resolves to the state afterwards. */
export type Settle = (
  context: PushContext,
  person: PushedPerson,
  subject: string,
  state: SubjectState,
) => Promise<SubjectState>

/** SHA-256 of an identity, as it is remembered. */
export function subjectHashOf(subject: string): Buffer {
  return hashOf('subject', subject)
}

export function createSettle(people: PushedPeople, options: Pick<ResolvedAuth0Events, 'blocked' | 'deleted'>): Settle {
  const isHeld = (state: SubjectState): boolean =>
    (options.blocked === 'deactivate' && state.blocked) || (options.deleted === 'deactivate' && isDeleted(state))

  /** Tokens from before stay refused, even where the person was let in again. */
  async function revokeTokens(context: PushContext, person: PushedPerson, state: SubjectState): Promise<void> {
    const orders = [
      options.deleted === 'deactivate' ? state.deleted : null,
      options.blocked === 'signOut' ? (state.fields['blocked'] ?? null) : null,
    ]
    for (const order of orders) {
      if (order !== null) await people.revokeTokens(context, person, new Date(secondOf(order)))
    }
  }

  /** What messages said of the person's other identities. */
  async function statesOfOthers(context: PushContext, person: PushedPerson, subject: string): Promise<SubjectState[]> {
    const others = (await people.subjects(context, person)).filter(other => other !== subject)
    return others.length === 0 ? [] : await selectStates(context.trx, others.map(subjectHashOf))
  }

  return async (context, person, subject, state) => {
    await revokeTokens(context, person, state)
    if (isHeld(state)) {
      if (person.active) await people.setActive(context, person, false)
      // Whichever identity is let in last lets the person in.
      else if (!(await statesOfOthers(context, person, subject)).some(({ deactivated }) => deactivated)) return state
      return { ...state, deactivated: true }
    }
    if (!state.deactivated || (await statesOfOthers(context, person, subject)).some(isHeld)) return state
    // A decision of staff is not undone.
    const isOurs = !person.active && (await people.wasDeactivatedByPush(context, person))
    if (isOurs) await people.setActive(context, person, true)
    return { ...state, deactivated: false }
  }
}
