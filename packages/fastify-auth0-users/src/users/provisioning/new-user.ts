import type { HostTrx } from '../../db/handle.ts'
import { storedAddress } from '../../lib/address.ts'
import { hookOrigin, type NewUserDraft, type UserHooks } from '../hooks.ts'
import type { Identity, Origin } from '../identity.ts'
import type { NewUser } from '../users.repository.ts'

/** An identity without a person, on its way to one. */
export interface Newcomer {
  readonly identity: Identity
  readonly origin: Origin
  readonly username: string
}

export const mappedColumns = ['email', 'email_verified', 'first_name', 'last_name'] as const

/** The person as the token describes them. */
export function draftOf({ subject, fields }: Identity): NewUserDraft {
  return {
    auth0_id: subject,
    email: fields.email ?? null,
    email_verified: fields.email_verified ?? false,
    first_name: fields.first_name ?? '',
    last_name: fields.last_name ?? '',
    profile_data: {},
  }
}

/** The row to insert. `edited` names the columns that the host decided otherwise than the token. */
export function newUserOf({ identity, username }: Newcomer, draft: NewUserDraft, edited: string[] = []): NewUser {
  const email = storedAddress(draft.email)
  return {
    ...draft,
    email,
    email_verified: email !== null && draft.email_verified,
    auth0_id: identity.subject,
    username,
    edited_fields: edited,
    claims_issued_at: identity.issuedAt,
  }
}

/** The row to insert after the hooks `beforeCreate`, which run in the transaction of the insert. */
export async function prepareNewUser(hooks: UserHooks, newcomer: Newcomer, trx: HostTrx): Promise<NewUser> {
  const claimed = draftOf(newcomer.identity)
  const draft = { ...claimed }
  await hooks.run('beforeCreate', draft, { ...hookOrigin(newcomer.origin), trx })
  // What the host decided otherwise than the token is not the token's to overwrite.
  const edited = mappedColumns.filter(column => draft[column] !== claimed[column])
  return newUserOf(newcomer, draft, edited)
}
