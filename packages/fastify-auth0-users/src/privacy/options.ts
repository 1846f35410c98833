import { type TObject, Type } from '@sinclair/typebox'
import { createValueHasher, type HashValues, minValueKeyLength } from '../audit/value-hashes.ts'
import type { HostTrx } from '../db/handle.ts'
import { anyOf, group, namedFunctions, oneOf, pattern, withDefaults } from '../lib/option-schema.ts'
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
  /** Parts of the export by name, besides the plugin's own. @default {} */
  readonly export?: Readonly<Record<string, ExportContributor>>
  /** What else an erasure erases, by name; run in this order. @default {} */
  readonly erase?: Readonly<Record<string, EraseContributor>>
  /**
   * Purposes that consents can be given for. Those that fields of the profile schema demand are
   * added by themselves. Where nothing names a purpose, any is accepted.
   */
  readonly consents?: readonly string[]
  /**
   * What the audit trail holds of the values of changed fields: hashes under `key`, a secret of 32
   * characters or more. Without it the log holds names only.
   */
  readonly audit?: { readonly values: 'hashes'; readonly key: string }
}

export interface ResolvedPrivacyOptions {
  readonly exporters: ReadonlyMap<string, ExportContributor>
  readonly erasers: ReadonlyMap<string, EraseContributor>
  readonly purposes: readonly string[]
  /** Null: the trail names changed fields only. */
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
  'organizations',
]

const audit: TObject = group(
  {
    values: oneOf(['hashes'], { description: 'values themselves are never stored' }),
    key: pattern(`^[\\s\\S]{${minValueKeyLength},}$`, {
      must: `a secret of ${minValueKeyLength} characters or more`,
      description: 'the key of the hashes',
      secret: true,
    }),
  },
  { secret: true },
  ['values', 'key'],
)

/** The option `privacy`. */
export const privacySchema: TObject = group(
  {
    export: namedFunctions(`^(?!(?:${reservedExportNames.join('|')})$)`, {
      must: `an object of functions (trx, userId) => Promise, under names other than ${reservedExportNames.join(', ')}`,
      description: 'what the host itself holds on a user; each name becomes a part of the export',
      default: {},
    }),
    erase: namedFunctions('', {
      must: 'an object of functions (trx, userId) => Promise',
      description: 'what else an erasure erases, in this order, in its transaction; must be idempotent',
      default: {},
    }),
    consents: anyOf([Type.Array(Type.String({ pattern: purposePattern.source }))], {
      must: 'a list of purposes: lower-case words of at most 64 letters, digits, _ . -',
      description: 'purposes that consents can be given for, besides those that the profile schema demands',
      defaultText: 'any purpose',
    }),
    audit: {
      ...audit,
      description:
        'the audit log also holds [keyed hashes](privacy.md#hashes-of-values) of what changed fields held; `key` is a secret of 32 characters or more',
      defaultText: 'names only',
    },
  },
  { secret: true },
)

/** Completes the option `privacy`, whose shape was checked with `privacySchema`. `given` is not changed. */
export function resolvePrivacyOptions(given: PrivacyOptions | undefined): ResolvedPrivacyOptions {
  const options = withDefaults<PrivacyOptions>(privacySchema, given)
  return Object.freeze({
    exporters: new Map(Object.entries(options.export ?? {})),
    erasers: new Map(Object.entries(options.erase ?? {})),
    purposes: [...(options.consents ?? [])],
    hashValues: options.audit === undefined ? null : createValueHasher(options.audit.key),
  })
}
