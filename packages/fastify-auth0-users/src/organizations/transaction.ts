import type { Databases, HostTrx } from '../db/handle.ts'
import { Auth0UsersError } from '../errors.ts'
import { isPrintable, isUuid } from '../lib/text.ts'
import { applySettings, type TransactionSettings } from './transaction.repository.ts'

/** In whose name a transaction runs, for code without a request: a job, a command. */
export interface TransactionIdentity {
  /** The id of the user's row; null for none. */
  readonly userId: string | null
  /** The id of the organization's row; null for none. */
  readonly organizationId: string | null
  /** Who really acts, for instance the name of a job. Default: the user. */
  readonly actor?: string
}

/**
 * `app.auth0Users.transaction`: runs `work` in one transaction on the host's handle, with `app.user_id`,
 * `app.organization_id` and `app.actor` set for it alone. Policies of row-level security read them.
 */
export type RunTransaction<Request> = <T>(
  source: Request | TransactionIdentity,
  work: (trx: HostTrx) => Promise<T>,
) => Promise<T>

/** @param identify what a request says of itself. */
export function createTransaction<Request extends object>(
  databases: Databases,
  identify: (request: Request) => TransactionIdentity,
): RunTransaction<Request> {
  return async (source, work) => {
    const settings = settingsOf('userId' in source ? (source as TransactionIdentity) : identify(source as Request))
    return await databases.transaction(async (trx, hostTrx) => {
      await applySettings(trx, settings)
      return await work(hostTrx)
    })
  }
}

function settingsOf({ userId, organizationId, actor }: TransactionIdentity): TransactionSettings {
  for (const [field, id] of Object.entries({ userId, organizationId })) {
    if (id === null || (typeof id === 'string' && isUuid(id))) continue
    throw new Auth0UsersError('A0U_OPTIONS_INVALID', { faults: [{ field, message: 'must be a uuid or null' }] })
  }
  if (actor !== undefined && (typeof actor !== 'string' || actor === '' || !isPrintable(actor))) {
    throw new Auth0UsersError('A0U_OPTIONS_INVALID', {
      faults: [{ field: 'actor', message: 'must be a printable text' }],
    })
  }
  return { userId: userId ?? '', organizationId: organizationId ?? '', actor: actor ?? userId ?? '' }
}
