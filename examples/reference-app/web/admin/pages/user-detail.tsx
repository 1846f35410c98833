import type { JSX } from 'preact'
import { useLoad } from '../../shared/load.ts'
import { Link } from '../../shared/router.tsx'
import type { Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import type { PersonWithGrants, TrailEntry } from '../api/types.ts'
import { Nothing, Show } from '../components/feedback.tsx'
import { PageHead, Section } from '../components/page.tsx'
import { Avatar } from '../components/parts.tsx'
import { FlagBadges } from '../components/person.tsx'
import { TrailTable } from '../components/trail-table.tsx'
import { AccountSection } from '../components/user/account.tsx'
import { SessionsSection, TokensSection } from '../components/user/credentials.tsx'
import { GroupsSection } from '../components/user/groups.tsx'
import { PermissionsSection } from '../components/user/permissions.tsx'
import { StandingSection } from '../components/user/standing.tsx'
import { nameOf } from '../lib/format.ts'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'

const back = { href: `${root}/users`, label: 'People' }

/** A person: who they are, what they may do, where they are signed in, and what happened. */
export function UserDetail({ id }: { readonly id: string }): JSX.Element {
  const load = useLoad(() => api.get<PersonWithGrants>(`/accounts/admin/users/${id}`), [id])
  const person = load.loaded.state === 'ready' ? load.loaded.data : undefined
  return (
    <>
      <PageHead title={person === undefined ? 'Person' : nameOf(person)} back={back} />
      <Show load={load}>{loaded => <Sections person={loaded} onChange={load.replace} onGrants={load.reload} />}</Show>
    </>
  )
}

interface SectionsProps {
  readonly person: PersonWithGrants
  /** With what a change answered. */
  readonly onChange: (person: PersonWithGrants) => void
  /** After changes that answer nothing. */
  readonly onGrants: () => void
}

function Sections({ person, onChange, onGrants }: SectionsProps): JSX.Element {
  const { can, me } = useStaff()
  // The server refuses all of this too; here it is only not offered.
  const reachable = me.user.is_superuser || !person.is_superuser
  return (
    <>
      <div class="card person-card">
        <Avatar name={nameOf(person)} large />
        <div class="stack stack--s">
          <p>
            <strong>{person.email ?? 'No email address'}</strong>{' '}
            {person.email !== null && !person.email_verified && <span class="muted">(not verified)</span>}
          </p>
          <FlagBadges person={person} />
        </div>
      </div>
      {!reachable && (
        <p class="note">Only a superuser changes a superuser, so there is nothing to change here for you.</p>
      )}
      <div class="columns">
        <StandingSection person={person} editable={reachable && can('accounts.change_user')} onChange={onChange} />
        <AccountSection person={person} />
        <GroupsSection person={person} editable={reachable && can('accounts.grant_permission')} onChange={onGrants} />
        <PermissionsSection
          person={person}
          editable={reachable && can('accounts.grant_permission')}
          onChange={onGrants}
        />
      </div>
      {can('accounts.view_session') && (
        <SessionsSection userId={person.id} editable={reachable && can('accounts.delete_session')} />
      )}
      {can('accounts.view_token') && (
        <TokensSection userId={person.id} editable={reachable && can('accounts.delete_token')} />
      )}
      {can('accounts.view_audit') && <TrailSection person={person} />}
    </>
  )
}

function TrailSection({ person }: { readonly person: PersonWithGrants }): JSX.Element {
  const load = useLoad(
    () => api.get<Page<TrailEntry>>('/accounts/admin/audit', { user_id: person.id, limit: 8 }),
    // Each change of the person may have added an entry.
    [person],
  )
  const all = <Link href={`${root}/audit?user_id=${person.id}`}>The whole trail</Link>
  return (
    <Section title="What happened" actions={all}>
      <Show load={load}>
        {({ items }) => (items.length === 0 ? <Nothing>Nothing yet.</Nothing> : <TrailTable entries={items} ofOne />)}
      </Show>
    </Section>
  )
}
