/** Metrics of requests, access tokens and signing keys; see metric-table.ts. */
const entries = {
  // requests
  'requests.authenticated': {
    kind: 'observed-counter',
    unit: '{request}',
    description: 'Requests let in to a protected route, by the way of signing in',
    attributes: { 'auth.method': ['jwt', 'token', 'session', 'basic'] },
  },
  'requests.refused': {
    kind: 'counter',
    unit: '{request}',
    description: 'Requests refused before their route, by code',
    attributes: { 'error.type': 'code' },
  },

  // access tokens
  'token_cache.lookups': {
    kind: 'observed-counter',
    unit: '{lookup}',
    description: 'Access tokens looked up among those verified before',
    attributes: { outcome: ['hit', 'miss'] },
  },
  'token_cache.evictions': {
    kind: 'observed-counter',
    unit: '{token}',
    description: 'Verified access tokens evicted because the cache was full',
    attributes: {},
  },
  'token_cache.entries': {
    kind: 'observed-sum',
    unit: '{token}',
    description: 'Verified access tokens in memory',
    attributes: {},
  },
  'token.verifications': {
    kind: 'counter',
    unit: '{verification}',
    description: 'Verifications of access tokens that were not in memory',
    attributes: { outcome: ['accepted', 'refused', 'unavailable', 'failed'], 'error.type': 'code' },
  },
  'token.verification.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of those verifications, a fetch of keys included',
    attributes: { outcome: ['accepted', 'refused', 'unavailable', 'failed'] },
  },

  // signing keys
  'key.lookups': {
    kind: 'counter',
    unit: '{lookup}',
    description: 'Signing keys looked up for access tokens that were not in memory',
    attributes: { outcome: ['hit', 'fetched', 'stale', 'unknown', 'throttled', 'failed'] },
  },
  'jwks.loads': {
    kind: 'counter',
    unit: '{load}',
    description: 'Loads of key sets, by where they came from or why they failed',
    attributes: {
      outcome: ['fetched', 'shared', 'failed'],
      'error.type': ['aborted', 'network', 'redirect', 'status', 'size', 'json', 'shape', 'keys'],
    },
  },
  'jwks.fetch.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of fetches of key sets over the network',
    attributes: {
      'error.type': ['aborted', 'network', 'redirect', 'status', 'size', 'json', 'shape', 'keys', '_OTHER'],
    },
  },
  'jwks.age': {
    kind: 'observed-greatest',
    unit: 's',
    description: 'Time since the key set in use was fetched; none before the first one',
    attributes: { 'server.address': 'host' },
  },
} as const

export type RequestMetrics = typeof entries

export const requestMetrics: RequestMetrics = entries
