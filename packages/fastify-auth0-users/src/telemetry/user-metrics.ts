/** Metrics of people, their profiles, and what is written later; see metric-table.ts. */
const entries = {
  // people
  'user_cache.lookups': {
    kind: 'observed-counter',
    unit: '{lookup}',
    description: 'People looked up in memory for verified credentials',
    attributes: { outcome: ['hit', 'miss'] },
  },
  'user_cache.evictions': {
    kind: 'observed-counter',
    unit: '{entry}',
    description: 'Users evicted from the cache: because it was full, or because they changed',
    attributes: { reason: ['size', 'change'] },
  },
  'user_cache.entries': {
    kind: 'observed-sum',
    unit: '{entry}',
    description: 'People in memory, those whose time is over included',
    attributes: {},
  },
  'users.load.batch_size': {
    kind: 'histogram',
    unit: '{identity}',
    description: 'Identities read by one query',
    attributes: {},
  },
  'users.load.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of those queries',
    attributes: { 'error.type': 'code' },
  },
  'users.provisioned': {
    kind: 'counter',
    unit: '{identity}',
    description: 'Identities that had no person yet, by what became of them',
    attributes: {
      outcome: ['created', 'linked', 'existed', 'email_conflict', 'erased', 'refused', 'unavailable', 'failed'],
    },
  },
  'users.provision.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of provisioning one identity, hooks in the transaction and a call of /userinfo included',
    attributes: {
      outcome: ['created', 'linked', 'existed', 'email_conflict', 'erased', 'refused', 'unavailable', 'failed'],
    },
  },
  'userinfo.calls': {
    kind: 'counter',
    unit: '{call}',
    description: 'Calls of /userinfo',
    attributes: {
      outcome: ['answered', 'failed'],
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
      ],
    },
  },
  'hook.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of hooks of the host; a refusal is an error with a 4xx status',
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
    },
  },

  // profile and registration
  'profile.saves': {
    kind: 'counter',
    unit: '{save}',
    description: 'Attempts to save a profile whose body was JSON',
    attributes: { outcome: ['saved', 'unchanged', 'refused', 'unavailable', 'failed'], 'error.type': 'code' },
  },
  'profile.save.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of those attempts',
    attributes: { outcome: ['saved', 'unchanged', 'refused', 'unavailable', 'failed'] },
  },
  'registration.started': {
    kind: 'counter',
    unit: '{person}',
    description: 'People who saved something of their profile for the first time',
    attributes: {},
  },
  'registration.completed': {
    kind: 'counter',
    unit: '{person}',
    description: 'People whose profile became complete for the first time',
    attributes: {},
  },
  'registration.abandoned': {
    kind: 'counter',
    unit: '{person}',
    description: 'People whose profile was still incomplete when their time was over',
    attributes: {},
  },

  // change feed and writes that wait
  'change_feed.up': {
    kind: 'observed-least',
    unit: '1',
    description: '1 while the change feed works, 0 while it does not; none without a feed',
    attributes: {},
  },
  'change_feed.transitions': {
    kind: 'counter',
    unit: '{transition}',
    description: 'Changes of state of the change feed, by the new state',
    attributes: { state: ['up', 'down'] },
  },
  'write_queue.entries': {
    kind: 'observed-sum',
    unit: '{entry}',
    description: 'People, or credentials, whose last use waits to be written',
    attributes: { queue: ['activity', 'credential_use'] },
  },
  'write_queue.dropped': {
    kind: 'counter',
    unit: '{entry}',
    description: 'Last uses that were not written because too many waited',
    attributes: { queue: ['activity', 'credential_use'] },
  },
  'write_queue.failures': {
    kind: 'counter',
    unit: '{write}',
    description: 'Writes of last uses that failed and are tried again',
    attributes: { queue: ['activity', 'credential_use'] },
  },
} as const

export type PeopleMetrics = typeof entries

export const peopleMetrics: PeopleMetrics = entries
