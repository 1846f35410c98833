import type { TObject } from '@sinclair/typebox'
import type { Fault } from '../errors.ts'
import { group, text, texts } from '../lib/option-schema.ts'
import { isScopeToken } from '../lib/scope-token.ts'
import { loopback } from '../token/issuer.ts'

/** Publishing what a client needs to know to get a token for this API (RFC 9728). */
export interface ResourceMetadataOptions {
  /** The API's own base URL as clients address it; `https`, or `http` on loopback. No query, no fragment. */
  readonly resource: string
  /** A name for people. @default none */
  readonly name?: string
  /** Where developers read about the API. @default none */
  readonly documentation?: string
  /**
   * The scopes that clients may ask for, published as `scopes_supported`.
   *
   * @default none are published
   */
  readonly scopes?: readonly string[]
}

export interface ResolvedResourceMetadata extends ResourceMetadataOptions {
  /** Absolute URL of the document, for the challenge's `resource_metadata`. */
  readonly url: string
  /** Its path, for the route. */
  readonly path: string
}

/** The document, as far as it follows from the plugin's own options (RFC 9728 §2). */
export interface ResourceMetadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly dpop_bound_access_tokens_required?: boolean
  readonly resource_name?: string
  readonly resource_documentation?: string
  readonly scopes_supported?: readonly string[]
}

/** The option `resourceMetadata`. */
export const resourceMetadataSchema: TObject = group(
  {
    resource: text({ description: "the API's own base URL as clients address it", defaultText: 'required' }),
    name: text({ description: 'a name for people' }),
    documentation: text({ description: 'where developers read about the API' }),
    scopes: texts({ description: 'the scopes that clients may ask for, published as `scopes_supported`' }),
  },
  {
    description:
      'serves the document of RFC 9728 at `/.well-known/oauth-protected-resource` and names it in challenges',
    defaultText: 'not published',
  },
  ['resource'],
)

const wellKnown = '/.well-known/oauth-protected-resource'

/** Checks the option; the path of the resource follows the well-known one (RFC 9728 §3.1). */
export function resolveResourceMetadata(
  given: ResourceMetadataOptions | undefined,
  faults: Fault[],
): ResolvedResourceMetadata | null {
  if (given === undefined) return null
  const url = URL.canParse(given.resource) ? new URL(given.resource) : undefined
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname)))) {
    faults.push({ field: 'resourceMetadata.resource', message: 'must be an https URL; plain http on loopback only' })
    return null
  }
  if (url.search !== '' || url.hash !== '') {
    faults.push({ field: 'resourceMetadata.resource', message: 'must have no query and no fragment' })
  }
  if (given.scopes?.every(isScopeToken) === false) {
    faults.push({
      field: 'resourceMetadata.scopes',
      message: 'must be scopes (RFC 6749 §3.3), without spaces and quotes',
    })
  }
  const path = wellKnown + (url.pathname === '/' ? '' : url.pathname)
  return { ...given, url: url.origin + path, path }
}

/** @param proofs algorithms of DPoP proofs; empty where DPoP is off. */
export function resourceMetadata(
  options: ResolvedResourceMetadata,
  issuers: readonly string[],
  proofs: readonly string[],
  proofRequired: boolean,
): ResourceMetadata {
  return {
    resource: options.resource,
    authorization_servers: issuers,
    bearer_methods_supported: ['header'],
    ...(proofs.length === 0
      ? {}
      : { dpop_signing_alg_values_supported: proofs, dpop_bound_access_tokens_required: proofRequired }),
    ...(options.name === undefined ? {} : { resource_name: options.name }),
    ...(options.scopes === undefined ? {} : { scopes_supported: options.scopes }),
    ...(options.documentation === undefined ? {} : { resource_documentation: options.documentation }),
  }
}
