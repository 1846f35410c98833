import type { JSX } from 'preact'
import { dayAndTime, humanise } from '../../../shared/format.ts'
import { useList } from '../../../shared/list.ts'
import { Failed, Loading } from '../../../shared/states.tsx'
import type { Activity, Page } from '../../../shared/types.ts'
import { profilePath, useProfile, useSession } from '../../session.tsx'

const pageSize = 8

/** What happened to the person's record, newest first. */
export function ActivitySection(): JSX.Element {
  const { api } = useSession()
  const { updated_at: version, consents } = useProfile()
  const list = useList(
    before => api.get<Page<Activity>>(`${profilePath}activity/`, { before, limit: pageSize }),
    [api, version, consents],
  )
  return (
    <section class="stack" aria-labelledby="activity-heading">
      <h2 id="activity-heading">Activity</h2>
      <div class="card stack">
        {list.state === 'loading' && <Loading />}
        {list.state === 'failed' && <Failed error={list.error} onRetry={list.reload} />}
        {list.state === 'ready' && (
          <ol class="plain trail">
            {list.items.map(entry => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
        )}
        {list.hasMore && (
          <button type="button" class="button button--small more" disabled={list.loadingMore} onClick={list.more}>
            {list.loadingMore ? 'Loading …' : 'Show older entries'}
          </button>
        )}
      </div>
    </section>
  )
}

function Entry({ entry }: { readonly entry: Activity }): JSX.Element {
  const { action, fields, by, at } = entry
  return (
    <li class="trail__entry">
      <p>
        {actionLabels[action] ?? humanise(action)}
        {by !== 'self' && <span class="muted"> by {by === 'system' ? 'the store' : 'staff'}</span>}
      </p>
      {fields.length > 0 && (
        <p class="muted small">{fields.map(field => humanise(field.replace('profile_data.', ''))).join(', ')}</p>
      )}
      <time class="muted small" dateTime={at}>
        {dayAndTime(at)}
      </time>
    </li>
  )
}

const actionLabels: Readonly<Record<string, string>> = {
  'user.created': 'Account created',
  'user.updated': 'Details changed',
  'user.linked': 'Way to sign in added',
  'user.unlinked': 'Way to sign in removed',
  'user.merged': 'Accounts joined',
  'user.deactivated': 'Account deactivated',
  'user.reactivated': 'Account reactivated',
  'user.signed_out': 'Signed out everywhere',
  'profile.updated': 'Profile changed',
  'profile.erased': 'Profile deleted',
  'consent.granted': 'Consent given',
  'consent.withdrawn': 'Consent withdrawn',
  'permission.granted': 'Permission granted',
  'permission.revoked': 'Permission revoked',
  'group.joined': 'Group joined',
  'group.left': 'Group left',
  'token.created': 'API token made',
  'token.revoked': 'API token revoked',
  'session.created': 'Session begun',
  'session.ended': 'Session ended',
}
