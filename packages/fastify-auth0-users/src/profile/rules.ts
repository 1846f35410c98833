import { Auth0UsersError, type Fault } from '../errors.ts'
import { countKeys, type JsonObject } from '../lib/json.ts'
import { missingFields } from './completion.ts'
import { changedKeys, type ProfileState } from './merge.ts'
import type { ResolvedProfileOptions } from './options.ts'
import type { ConsentState } from './representation.ts'
import { isServerField, serverValues } from './server-fields.ts'

/** What a save is judged by beside the two states. */
export interface SaveContext {
  readonly options: ResolvedProfileOptions
  /** The `sub` that the row was made for. */
  readonly sub: string | null
  readonly consents: readonly ConsentState[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * The state to be stored for one that a request asks for: checked against schema, consents and
 * limits, and with the fields that the server writes. Only what changes is checked, so a value that
 * an older schema allowed does not refuse a later write.
 *
 * @throws Auth0UsersError `A0U_FIELD_READ_ONLY`, `A0U_BODY_INVALID`, `A0U_CONSENT_REQUIRED` or `A0U_BODY_TOO_LARGE`.
 */
export function finishSave(before: ProfileState, wanted: ProfileState, context: SaveContext): ProfileState {
  const complete = missingFields(wanted, context.options.required).length === 0
  const added = declaredOf(serverValues(before.profile_data, context.sub, complete, context.now), context.options)
  const changed = changedKeys(before.profile_data, wanted.profile_data)
  refuseServerFields(changed, wanted.profile_data, added)
  const written = Object.fromEntries(
    changed
      .filter(key => !isServerField(key) && Object.hasOwn(wanted.profile_data, key))
      .map(key => [key, wanted.profile_data[key]]),
  )
  refuseFaults(context.options.schema.check(written))
  refuseWithoutConsent(Object.keys(written), context)
  refuseOversize(before.profile_data, wanted.profile_data, context.options)
  return { ...wanted, profile_data: { ...wanted.profile_data, ...added } }
}

/** Data minimisation: what the host did not declare is not kept, the server's own fields included. */
function declaredOf(values: JsonObject, { schema }: ResolvedProfileOptions): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([field]) => schema.declares(field)))
}

/** A client may send what the server stores anyway; anything else is not its to say. */
function refuseServerFields(changed: readonly string[], wanted: JsonObject, added: JsonObject): void {
  const refused = changed.filter(key => isServerField(key) && (wanted[key] === undefined || wanted[key] !== added[key]))
  if (refused.length === 0) return
  const faults = refused.map(key => ({ field: `profile_data.${key}`, message: 'is written by the server' }))
  throw new Auth0UsersError('A0U_FIELD_READ_ONLY', { faults })
}

function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new Auth0UsersError('A0U_BODY_INVALID', { faults })
}

function refuseWithoutConsent(fields: readonly string[], { options, consents }: SaveContext): void {
  const granted = new Set(consents.filter(consent => consent.granted).map(consent => consent.purpose))
  const faults = fields.flatMap(field => {
    const purpose = options.schema.consents.get(field)
    if (purpose === undefined || granted.has(purpose)) return []
    return [{ field: `profile_data.${field}`, message: `needs the consent ${purpose}`, purpose }]
  })
  if (faults.length === 0) return
  const purposes = [...new Set(faults.map(fault => fault.purpose))]
  throw new Auth0UsersError('A0U_CONSENT_REQUIRED', {
    faults: faults.map(({ field, message }) => ({ field, message })),
    extra: { missing_consents: purposes },
  })
}

/** A profile that is over a limit already, from an older system, may still shrink. */
function refuseOversize(before: JsonObject, wanted: JsonObject, { maxBytes, maxKeys }: ResolvedProfileOptions): void {
  const bytes = sizeOf(wanted)
  if (bytes > maxBytes && bytes >= sizeOf(before)) tooLarge(`may take at most ${maxBytes} bytes as JSON`)
  const keys = countOwnKeys(wanted)
  if (keys > maxKeys && keys >= countOwnKeys(before)) tooLarge(`may have at most ${maxKeys} keys`)
}

const sizeOf = (data: JsonObject): number => Buffer.byteLength(JSON.stringify(data))

const countOwnKeys = (data: JsonObject): number => countKeys(data) - Object.keys(data).filter(isServerField).length

function tooLarge(message: string): never {
  throw new Auth0UsersError('A0U_BODY_TOO_LARGE', { faults: [{ field: 'profile_data', message }] })
}
