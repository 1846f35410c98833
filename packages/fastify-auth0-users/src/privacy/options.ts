import { createValueHasher, type HashValues, minValueKeyLength } from '../audit/value-hashes.ts'
import type { HostTrx } from '../db/handle.ts'
import type { Fault } from '../errors.ts'
import { isObject } from '../lib/json.ts'
import { purposePattern } from '../profile/schema.ts'

/**
 * Answers what the host itself holds on a person, as anything that `JSON.stringify` takes, or an
 * async iterable of such, which is streamed as a list. `trx` is the host's view of a read-only
 * transaction that all contributors share.
 */
export type ExportContributor = (trx: HostTrx, userId: string) => Promise<unknown> | AsyncIterable<unknown>

/** How much is erased: the profile's data, with the identity kept, or all that leads to the person. */
export type ErasureExtent = 'profile' | 'person'

/**
 * Erases what the host itself holds on a person, through `trx`; a throw rolls the whole erasure
 * back. Must be idempotent: a person may erase twice.
 */
export type EraseContributor = (trx: HostTrx, userId: string, extent: ErasureExtent) => Promise<unknown>

/** The option `privacy`: what the host holds on a person, and what the trail records. */
export interface PrivacyOptions {
  /** Parts of the export by name, beside the plugin's own [none]. */
  readonly export?: Readonly<Record<string, ExportContributor>>
  /** What else an erasure erases, by name; run in this order [nothing]. */
  readonly erase?: Readonly<Record<string, EraseContributor>>
  /**
   * Purposes that consents can be given for. Those that fields of the profile schema demand are
   * added by themselves [where nothing names a purpose, any is accepted].
   */
  readonly consents?: readonly string[]
  /**
   * What the audit trail holds of the values of changed fields: hashes under `key`, a secret of 32
   * characters or more [their names only].
   */
  readonly audit?: { readonly values: 'hashes'; readonly key: string }
}

export interface ResolvedPrivacyOptions {
  readonly exporters: ReadonlyMap<string, ExportContributor>
  readonly erasers: ReadonlyMap<string, EraseContributor>
  readonly purposes: readonly string[]
  /** Null: the trail names changed fields and no more. */
  readonly hashValues: HashValues | null
}

/** Names that the export uses itself. */
export const reservedExportNames: readonly string[] = [
  'exported_at',
  'account',
  'grants',
  'profile',
  'consents',
  'activity',
  'credentials',
]

const known = new Set(['export', 'erase', 'consents', 'audit'])

/**
 * Checks and completes the option `privacy`. Faults are added to `faults`; the answer is usable only
 * when there are none. `given` is not changed.
 */
export function resolvePrivacyOptions(given: PrivacyOptions | undefined, faults: Fault[]): ResolvedPrivacyOptions {
  if (given !== undefined && !isObject(given)) faults.push({ field: 'privacy', message: 'must be an object' })
  const options: PrivacyOptions = isObject(given) ? given : {}
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      faults.push({ field: `privacy.${name}`, message: `is no option; there are ${[...known].join(', ')}` })
    }
  }
  const exporters = resolveFunctions('export', options.export, faults)
  for (const name of exporters.keys()) {
    if (reservedExportNames.includes(name)) {
      faults.push({ field: `privacy.export.${name}`, message: 'is a name that the export uses itself' })
    }
  }
  return Object.freeze({
    exporters,
    erasers: resolveFunctions('erase', options.erase, faults),
    purposes: resolvePurposes(options.consents, faults),
    hashValues: resolveAudit(options.audit, faults),
  })
}

function resolveFunctions<F extends ExportContributor | EraseContributor>(
  option: string,
  given: Readonly<Record<string, F>> | undefined,
  faults: Fault[],
): Map<string, F> {
  if (given === undefined) return new Map()
  const entries = isObject(given) ? Object.entries(given) : []
  if (!isObject(given) || !entries.every(([, value]) => typeof value === 'function')) {
    faults.push({ field: `privacy.${option}`, message: 'must be an object of functions (trx, userId) => Promise' })
    return new Map()
  }
  return new Map(entries)
}

function resolvePurposes(given: unknown, faults: Fault[]): readonly string[] {
  if (given === undefined) return []
  if (Array.isArray(given) && given.every(name => typeof name === 'string' && purposePattern.test(name)))
    return [...given]
  const message = 'must be a list of purposes: lower-case words of at most 64 letters, digits, _ . -'
  faults.push({ field: 'privacy.consents', message })
  return []
}

/** No fault repeats anything that was given: the key may stand in the wrong place. */
function resolveAudit(given: unknown, faults: Fault[]): HashValues | null {
  if (given === undefined) return null
  if (!isObject(given)) {
    faults.push({ field: 'privacy.audit', message: "must be an object { values: 'hashes', key }" })
    return null
  }
  const { values, key, ...others } = given
  const before = faults.length
  if (Object.keys(others).length > 0) {
    faults.push({ field: 'privacy.audit', message: 'has options beside values and key; there are no others' })
  }
  if (values !== 'hashes') {
    faults.push({ field: 'privacy.audit.values', message: "must be 'hashes'; values themselves are never kept" })
  }
  if (typeof key !== 'string' || key.length < minValueKeyLength) {
    const message = `must be a secret string of ${minValueKeyLength} characters or more (not shown)`
    faults.push({ field: 'privacy.audit.key', message })
    return null
  }
  return faults.length === before ? createValueHasher(key) : null
}
