import { record } from '../audit/audit.ts'
import type { Mapped, MappedFields } from '../claims/mapping.ts'
import { Auth0UsersError } from '../errors.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { Identity } from '../users/identity.ts'
import { originActor } from '../users/provisioning/audit.ts'
import type { EmailConflictPolicy } from '../users/provisioning/insert-user.ts'
import type { PushContext, PushedPeople, PushedPerson } from '../users/push/pushed.ts'
import { createSettle } from './apply-state.ts'
import type { Message, Statement } from './message.ts'
import type { ResolvedAuth0Events } from './options.ts'
import {
  isDeleted,
  isNewer,
  newerFields,
  type SubjectState,
  toSecond,
  withBlocked,
  withFields,
  withPresent,
  withToken,
} from './subject-state.ts'

/** `outdated`: newer messages contained all of it; `email_conflict`: to be sent again. */
export type EventOutcome = 'applied' | 'outdated' | 'ignored' | 'email_conflict'

/** What one message led to, to be written in the same transaction. */
export interface Applied {
  readonly outcome: EventOutcome
  readonly state: SubjectState
  /** The person concerned, if there is one. */
  readonly userId: string | null
  /** Whether the person is to be erased for good after the commit. */
  readonly erase?: boolean
}

export interface StatementDeps {
  readonly people: PushedPeople
  readonly mapClaims: (claims: VerifiedClaims) => Mapped
  readonly emailConflict: EmailConflictPolicy
  readonly options: Pick<ResolvedAuth0Events, 'created' | 'blocked' | 'deleted'>
  /** Whether rows may be made at all (`users.provision`). */
  readonly provision: boolean
}

/** A message of one kind, and what the messages before it said. */
interface Told<Kind extends Statement['kind'] = Statement['kind']> {
  readonly message: Message
  readonly statement: Extract<Statement, { kind: Kind }>
  readonly before: SubjectState
  /** A conflict that is tried again. */
  readonly again: boolean
}

/** Applies one message to a person in a transaction that holds the identity's lock. */
export type Apply = (context: PushContext, message: Message, before: SubjectState, again: boolean) => Promise<Applied>

export function createStatements(deps: StatementDeps): Apply {
  const { people, options } = deps
  const settle = createSettle(people, options)
  const findOrCreate = createFinder(deps)

  async function applyPerson(context: PushContext, told: Told<'person'>): Promise<Applied> {
    const { message, statement, before, again } = told
    const { order, subject } = message
    const fields = mapped(deps, context)
    const found = await findOrCreate(context, message, fields, before)
    if (found === null) return { outcome: 'ignored', state: before, userId: null }
    const heard = withBlocked(before, order, statement.blocked)
    if ('conflict' in found) {
      if (!again) await auditConflict(context, found.conflict)
      return { outcome: 'email_conflict', state: heard, userId: null }
    }
    const { person, made } = found
    const known = made ? heard : withToken(heard, person.claimsIssuedAt)
    const newer = newerFields(known, message, fields)
    const written = await people.update(context, person, identityOf(message, newer))
    const { email: _email, ...others } = newer
    const state = withFields(withPresent(known, order), order, written === 'done' ? newer : others)
    const refused = written !== 'done' && deps.emailConflict !== 'separate'
    const outcome = refused ? 'email_conflict' : outcomeOf(before, heard, known, state)
    return { outcome, state: await settle(context, person, subject, state), userId: person.id }
  }

  async function applyBlocked(context: PushContext, told: Told<'blocked'>): Promise<Applied> {
    const { message, statement, before } = told
    const { order, subject } = message
    const state = withBlocked(before, order, statement.blocked)
    const person = await people.find(context, subject)
    if (person === undefined) return { outcome: 'applied', state, userId: null }
    const outcome = outcomeOf(before, state)
    return { outcome, state: await settle(context, person, subject, state), userId: person.id }
  }

  async function applyDeleted(context: PushContext, { message, before }: Told<'deleted'>): Promise<Applied> {
    if (options.deleted === 'ignore') return { outcome: 'ignored', state: before, userId: null }
    const { order, subject } = message
    const state = isNewer(order, before.deleted) ? { ...before, deleted: order } : before
    const person = await people.find(context, subject)
    if (person === undefined) return { outcome: 'applied', state, userId: null }
    return isDeleted(state)
      ? await remove(context, person, subject, state)
      : { outcome: 'outdated', state: await settle(context, person, subject, state), userId: person.id }
  }

  /** Who has another identity only loses this one. */
  async function remove(
    context: PushContext,
    person: PushedPerson,
    subject: string,
    state: SubjectState,
  ): Promise<Applied> {
    const applied = { outcome: 'applied', state, userId: person.id } as const
    if (await people.unlink(context, subject)) return { ...applied, state: { ...state, unlinked: true } }
    if (options.deleted === 'erase') return { ...applied, erase: true }
    return { ...applied, state: await settle(context, person, subject, state) }
  }

  return (context, message, before, again) => {
    const { statement } = message
    if (statement.kind === 'person') return applyPerson(context, { message, statement, before, again })
    if (statement.kind === 'blocked') return applyBlocked(context, { message, statement, before, again })
    return applyDeleted(context, { message, statement, before, again })
  }
}

type Found = { readonly person: PushedPerson; readonly made: boolean } | { readonly conflict: string } | null

type Finder = (context: PushContext, message: Message, fields: MappedFields, before: SubjectState) => Promise<Found>

/** The user of a message, created where that is allowed; null for none. */
function createFinder({ people, options, provision }: StatementDeps): Finder {
  /** A user who was deleted later is created all the same, and then deactivated, as if the messages had come in order. */
  function mayCreate({ order }: Message, { deleted, unlinked }: SubjectState): boolean {
    if (!provision || options.created === 'ignore') return false
    return isNewer(order, deleted) || (options.deleted === 'deactivate' && !unlinked)
  }

  return async (context, message, fields, before) => {
    const found = await people.find(context, message.subject)
    if (found !== undefined) return { person: found, made: false }
    if (!mayCreate(message, before)) return null
    const creation = await people.create(context, identityOf(message, fields))
    if (creation.kind === 'email_conflict') return { conflict: creation.holderId }
    if (creation.kind === 'erased') return null
    const person = await people.find(context, message.subject)
    if (person === undefined) throw new Auth0UsersError('A0U_DATABASE_UNAVAILABLE', { retryAfter: 1 })
    return { person, made: creation.kind === 'created' }
  }
}

function mapped({ mapClaims }: StatementDeps, { origin }: PushContext): MappedFields {
  const { fields, ignored } = mapClaims(origin.claims)
  if (ignored.length > 0)
    origin.log.warn({ event: 'claims.ignored', columns: ignored }, 'unusable fields of an event were ignored')
  return fields
}

function identityOf({ subject, time }: Message, fields: MappedFields): Identity {
  return { subject, fields, issuedAt: new Date(toSecond(time)) }
}

/** Whether any of these steps changed something: each pair is the state before and after one. */
function outcomeOf(...steps: readonly SubjectState[]): EventOutcome {
  const changed = [0, 2].some(at => at + 1 < steps.length && steps[at] !== steps[at + 1])
  return changed ? 'applied' : 'outdated'
}

async function auditConflict({ trx, origin }: PushContext, userId: string): Promise<void> {
  await record(trx, { ...originActor(null, origin), userId, action: 'user.email_conflict', fields: ['email'] })
}
