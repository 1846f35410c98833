import type { Actor } from '../audit/event.ts'
import type { HostTrx } from '../db/handle.ts'
import type { HookRegistry } from '../hooks/registry.ts'
import type { Invitation } from './invitation.ts'

/** An invitation that is to be sent, as the hook `afterInvite` gets it. */
export interface SentInvitation {
  readonly invitation: Invitation
  /** The single-use token for the link. It is kept nowhere: only its SHA-256 is. */
  readonly token: string
  readonly organization: { readonly id: string; readonly name: string; readonly display_name: string | null }
}

/** What the hook learns beside it. */
export interface InvitationContext {
  /** The host's own view of the transaction: a job that is enqueued with it stands or falls with the invitation. */
  readonly trx: HostTrx
  readonly actor: Actor
}

/** The hooks of invitations. */
export interface InvitationHooks {
  /** Sends the mail, or enqueues it, after an invitation was made or is sent again; a throw rolls it back. */
  afterInvite: (sent: SentInvitation, context: InvitationContext) => void | Promise<void>
}

/** The registry as this module uses it. */
export type InvitationHookRegistry = HookRegistry<InvitationHooks>
