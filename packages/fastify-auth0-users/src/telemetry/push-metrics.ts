/** Metrics of what Auth0 pushes and of what the outbox passes on; see metric-table.ts. */
const entries = {
  'auth0.events': {
    kind: 'counter',
    unit: '{event}',
    description: 'Events and log records of Auth0 that were about people, by what became of them',
    attributes: { outcome: ['applied', 'repeated', 'outdated', 'ignored', 'email_conflict', 'failed'] },
  },
  'auth0.event_errors': {
    kind: 'counter',
    unit: '{request}',
    description: 'Requests of event and log streams whose response was not 200, by code',
    attributes: { 'error.type': 'code' },
  },
  'auth0.logouts': {
    kind: 'counter',
    unit: '{logout}',
    description: 'Logout tokens of Auth0, by what became of them',
    attributes: { outcome: ['done', 'refused', 'replayed', 'failed'] },
  },
  'outbox.deliveries': {
    kind: 'counter',
    unit: '{delivery}',
    description: 'Entries of the outbox that were passed to a subscription, by what became of them',
    attributes: { outcome: ['done', 'failed', 'dead'] },
  },
} as const

export type PushMetrics = typeof entries

export const pushMetrics: PushMetrics = entries
