import { Auth0UsersError } from '../errors.ts'
import { isObject, type JsonObject, own } from '../lib/json.ts'
import { isUsableSubject } from '../lib/text.ts'

/** One party of a chain of delegation. */
export interface ActorLink {
  /** Its `sub`, exactly as signed. */
  readonly subject: string
  /** Its `iss`; the issuer of the token where `act` names none. */
  readonly issuer: string
}

/** The most parties that a chain of delegation may have. */
const maxActors = 5

/**
 * The parties that act for the subject of a token (RFC 8693 §4.1), the current one first; empty without an `act` claim.
 *
 * @throws Auth0UsersError `A0U_TOKEN_CLAIMS` for an `act` claim that does not name each party, and for more than five:
 * a token that hides who acts must not pass for the user's own.
 */
export function actorLinks(claims: JsonObject, issuer: string): readonly ActorLink[] {
  const links: ActorLink[] = []
  for (let holder = claims; Object.hasOwn(holder, 'act'); ) {
    const act = own(holder, 'act')
    if (!isObject(act)) throw refuse('act is not an object')
    if (links.length === maxActors) throw refuse('act is nested too deeply')
    links.push(link(act, issuer))
    holder = act
  }
  return links
}

function link(act: JsonObject, issuer: string): ActorLink {
  const sub = own(act, 'sub')
  if (typeof sub !== 'string' || !isUsableSubject(sub)) throw refuse('act.sub')
  if (!Object.hasOwn(act, 'iss')) return { subject: sub, issuer }
  const iss = own(act, 'iss')
  if (typeof iss !== 'string' || !isUsableSubject(iss)) throw refuse('act.iss')
  return { subject: sub, issuer: iss }
}

function refuse(reason: string): Auth0UsersError {
  return new Auth0UsersError('A0U_TOKEN_CLAIMS', { cause: new Error(`claim: ${reason}`) })
}
