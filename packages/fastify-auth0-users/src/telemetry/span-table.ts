import type { AttributeValues } from './metric-table.ts'

/**
 * Every span and the values that its attributes may have; see metric-table.ts. `status` is an HTTP status,
 * `count` a whole number.
 */
const entries = {
  'jwks.fetch': {
    description: 'One fetch of a key set, redirects and body included',
    attributes: {
      'server.address': 'host',
      'http.response.status_code': 'status',
      'error.type': ['aborted', 'network', 'redirect', 'status', 'size', 'json', 'shape', 'keys', '_OTHER'],
    },
  },
  'token.verify': {
    description: 'Verification of an access token that was not in memory',
    attributes: { outcome: ['accepted', 'refused', 'unavailable', 'failed'], 'error.type': 'code' },
  },
  'users.load': {
    description: 'One query for all identities that were asked for in one turn of the event loop',
    attributes: { 'db.system.name': ['postgresql'], 'batch.size': 'count', 'error.type': 'code' },
  },
  'users.provision': {
    description: 'From an identity without a person to its person',
    attributes: {
      outcome: ['created', 'linked', 'existed', 'email_conflict', 'erased', 'refused', 'unavailable', 'failed'],
      'error.type': 'code',
    },
  },
  'users.provision_batch': {
    description: 'One statement for all people who are new at the same moment',
    attributes: { 'db.system.name': ['postgresql'], 'batch.size': 'count', 'error.type': 'code' },
  },
  'userinfo.call': {
    description: 'One call of /userinfo',
    attributes: {
      'server.address': 'host',
      'error.type': [
        'timeout',
        'network',
        'limited',
        'unavailable',
        'refused',
        'redirect',
        'size',
        'json',
        'subject',
        'mapping',
        '_OTHER',
      ],
    },
  },
  hook: {
    description: 'One hook of the host',
    attributes: {
      'hook.name': [
        'beforeCreate',
        'afterCreate',
        'beforeUpdate',
        'afterUpdate',
        'onCreated',
        'onUpdated',
        'beforeMerge',
        'onMerged',
        'afterInvite',
        'onAuthenticated',
        'onFailure',
      ],
      outcome: ['done', 'refused', 'failed'],
      'error.type': 'code',
    },
  },
  'profile.save': {
    description: 'PUT or PATCH of a profile, from the lock on the row to the commit',
    attributes: {
      'profile.mode': ['put', 'patch'],
      outcome: ['saved', 'unchanged', 'refused', 'unavailable', 'failed'],
      'error.type': 'code',
    },
  },
  'privacy.export': { description: "The export of a person's data", attributes: { 'error.type': 'code' } },
  'privacy.erase': { description: "Erasure of a person's profile and consents", attributes: { 'error.type': 'code' } },
  'privacy.anonymise': { description: 'Anonymising a person', attributes: { 'error.type': 'code' } },
  'privacy.purge': { description: 'Deleting what was kept long enough', attributes: { 'error.type': 'code' } },
} as const

export interface SpanSpec {
  readonly description: string
  readonly attributes: Readonly<Record<string, AttributeValues>>
}

export type SpanTable = typeof entries
export type SpanName = keyof SpanTable

export const spanTable: Readonly<Record<SpanName, SpanSpec>> = entries
