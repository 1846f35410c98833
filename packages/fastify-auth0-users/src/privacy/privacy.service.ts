import { type Actor, system } from '../audit/audit.ts'
import { minAuditAge, purgeAudit } from '../audit/retention.ts'
import { readmit } from '../audit/tombstone.ts'
import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { withSpan } from '../telemetry/index.ts'
import { type AnonymiseDeps, type AnonymiseResult, anonymisePerson } from './anonymise.ts'

/** What is kept for how long, in seconds; what is not named is kept. */
export interface Retention {
  /** Audit entries, at least a day. */
  readonly auditOlderThan?: number
  /** Sessions, counted from their end. */
  readonly sessionsOlderThan?: number
  /** How many rows a transaction looks at, at most 10 000 [1000]. */
  readonly batch?: number
}

/** How many rows were deleted. */
export interface Purged {
  readonly audit: number
  readonly sessions: number
}

/** `app.auth0Users.privacy`: what staff and schedulers do. */
export interface Privacy {
  /**
   * Erases all that leads to a person, in one transaction; see `anonymisePerson`. Idempotent.
   *
   * @param actor who decided it [the system].
   */
  anonymise(userId: string, actor?: Actor): Promise<AnonymiseResult>
  /**
   * Lets an erased identity be provisioned again, as a new person. Answers whether it was erased.
   *
   * @param subject the `sub`, exactly as signed.
   */
  readmit(subject: string, actor?: Actor): Promise<boolean>
  /**
   * Deletes what is older than it has to be kept, in small transactions, for a scheduler of the
   * host. May run in several processes at once. Rejects with `A0U_OPTIONS_INVALID` or `A0U_DATABASE_UNAVAILABLE`.
   */
  purge(retention: Retention): Promise<Purged>
}

export interface PrivacyDeps extends AnonymiseDeps {
  /** Deletes sessions that ended before a moment; resolves to how many. Implemented by a module to the right. */
  readonly purgeSessions: (databases: Databases, before: Date, batch: number) => Promise<number>
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

export function createPrivacy(deps: PrivacyDeps): Privacy {
  const { databases, now } = deps

  async function older(
    purge: PrivacyDeps['purgeSessions'],
    seconds: number | undefined,
    batch: number,
  ): Promise<number> {
    return seconds === undefined ? 0 : await purge(databases, new Date(now() - seconds * 1000), batch)
  }

  return {
    anonymise: (userId, actor = system) => anonymisePerson(userId, actor, deps),
    readmit: (subject, actor = system) => reaching(() => databases.transaction(trx => readmit(trx, subject, actor))),
    async purge(retention) {
      refuseFaults(retention)
      const { auditOlderThan, sessionsOlderThan, batch = 1000 } = retention
      return await withSpan('privacy.purge', {}, async () => ({
        audit: await older(purgeAudit, auditOlderThan, batch),
        sessions: await older(deps.purgeSessions, sessionsOlderThan, batch),
      }))
    },
  }
}

function refuseFaults({ auditOlderThan, sessionsOlderThan, batch }: Retention): void {
  const faults: Fault[] = []
  const demand = (field: string, value: number | undefined, least: number): void => {
    if (value === undefined || (Number.isFinite(value) && value >= least)) return
    faults.push({ field, message: `must be a number of seconds, at least ${least}` })
  }
  demand('auditOlderThan', auditOlderThan, minAuditAge)
  demand('sessionsOlderThan', sessionsOlderThan, 0)
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1 && batch <= 10_000)) {
    faults.push({ field: 'batch', message: 'must be a whole number from 1 to 10000' })
  }
  if (faults.length > 0) throw new Auth0UsersError('A0U_OPTIONS_INVALID', { faults })
}
