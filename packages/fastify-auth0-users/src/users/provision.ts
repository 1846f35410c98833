import { record } from '../audit/audit.ts'
import type { UsernameRule } from '../claims/username.ts'
import type { Databases, HostTrx, Trx } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { counter, withSpan } from '../telemetry.ts'
import type { NewUserDraft, UserHooks } from './hooks.ts'
import type { Identity, Origin } from './identity.ts'
import { type EmailConflictPolicy, insertPerson, type Outcome } from './insert-person.ts'
import type { User } from './user.ts'
import type { NewUser } from './users.repository.ts'

export interface ProvisioningOptions {
  readonly username: UsernameRule
  readonly emailConflict: EmailConflictPolicy
}

/** Makes a person for a new identity. Safe against any number of processes doing the same. */
export interface Provisioner {
  /**
   * Afterwards the identity has a person. Rejects with `A0U_EMAIL_CONFLICT`, `A0U_DATABASE_UNAVAILABLE`,
   * `A0U_HOOK_FAILED` or the 4xx error that a hook threw; no person was written then.
   */
  provision(identity: Identity, origin: Origin): Promise<void>
}

const countOutcome = counter('users.provisioned', 'New identities, by outcome')

/** Conflicts audited lately, so that a client that tries again and again fills no table. */
const maxAudited = 1000

export function createProvisioner(databases: Databases, hooks: UserHooks, options: ProvisioningOptions): Provisioner {
  const audited = new Set<string>()

  async function attempt(identity: Identity, origin: Origin): Promise<Outcome> {
    return await databases.transaction(async (trx, hostTrx) => {
      const wanted = await prepare(identity, origin, hostTrx)
      const outcome = await insertPerson(trx, wanted, options.emailConflict)
      if (outcome.kind === 'email_conflict') throw new EmailTaken(outcome.holderId)
      await recordOutcome(trx, outcome, origin)
      if (outcome.kind === 'created') await hooks.run('afterCreate', outcome.user, { ...origin, trx: hostTrx })
      return outcome
    })
  }

  async function prepare(identity: Identity, origin: Origin, trx: HostTrx): Promise<NewUser> {
    const claimed = draftOf(identity)
    const draft = { ...claimed }
    await hooks.run('beforeCreate', draft, { ...origin, trx })
    return {
      ...draft,
      auth0_id: identity.subject,
      username: options.username(identity.subject),
      // What the host decided otherwise than the token is not the token's to overwrite.
      edited_fields: mappedColumns.filter(column => draft[column] !== claimed[column]),
      claims_issued_at: identity.issuedAt,
    }
  }

  async function refuse(subject: string, holderId: string, origin: Origin): Promise<never> {
    if (!audited.has(subject)) {
      if (audited.size >= maxAudited) audited.clear()
      audited.add(subject)
      await databases.primary
        .transaction()
        .execute(trx =>
          record(trx, { ...actorOf(null, origin), userId: holderId, action: 'user.email_conflict', fields: ['email'] }),
        )
    }
    throw new Auth0UsersError('A0U_EMAIL_CONFLICT')
  }

  return {
    async provision(identity, origin) {
      await withSpan('users.provision', {}, async () => {
        try {
          const outcome = await reaching(() => attempt(identity, origin))
          countOutcome({ outcome: outcome.kind })
          if (outcome.kind === 'created') hooks.notify('onCreated', outcome.user, origin)
        } catch (error) {
          countOutcome({ outcome: error instanceof EmailTaken ? 'email_conflict' : 'failed' })
          if (error instanceof EmailTaken) await reaching(() => refuse(identity.subject, error.holderId, origin))
          throw error
        }
      })
    },
  }
}

/** Rolls the transaction back, whatever `beforeCreate` wrote in it. */
class EmailTaken extends Error {
  readonly holderId: string

  constructor(holderId: string) {
    super('the email belongs to another person')
    this.holderId = holderId
  }
}

const mappedColumns = ['email', 'email_verified', 'first_name', 'last_name'] as const

function draftOf({ subject, fields }: Identity): NewUserDraft {
  return {
    auth0_id: subject,
    email: fields.email ?? null,
    email_verified: fields.email_verified ?? false,
    first_name: fields.first_name ?? '',
    last_name: fields.last_name ?? '',
    profile_data: {},
  }
}

async function recordOutcome(trx: Trx, outcome: Outcome, origin: Origin): Promise<void> {
  if (outcome.kind === 'created') {
    const { user } = outcome
    const event = { userId: user.id, action: 'user.created', fields: filledFields(user) } as const
    await record(trx, { ...actorOf(user.id, origin), ...event })
  }
  if (outcome.kind === 'linked') {
    const event = { userId: outcome.userId, action: 'user.linked', fields: [] } as const
    await record(trx, { ...actorOf(outcome.userId, origin), ...event })
  }
}

function filledFields(user: User): string[] {
  return (['email', 'first_name', 'last_name'] as const).filter(name => user[name] !== null && user[name] !== '')
}

const actorOf = (actorId: string | null, origin: Origin) => ({
  actorId,
  method: origin.method,
  requestId: origin.requestId,
})
