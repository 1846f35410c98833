import type { JSX } from 'preact'
import { day } from '../../../shared/format.ts'
import { useLoad } from '../../../shared/load.ts'
import { api } from '../../api/client.ts'
import type { Identity, Person } from '../../api/types.ts'
import { Show } from '../feedback.tsx'
import { Section } from '../page.tsx'
import { Facts, When } from '../parts.tsx'

/** When the user was last seen, and their identities. The profile is not shown. */
export function AccountSection({ person }: { readonly person: Person }): JSX.Element {
  const load = useLoad(
    () => api.get<{ items: readonly Identity[] }>(`/accounts/admin/users/${person.id}/identities`),
    [person.id],
  )
  return (
    <Section title="Account">
      <Facts
        facts={[
          { label: 'Username', value: person.username ?? '–' },
          { label: 'First seen', value: <When at={person.created_at} /> },
          { label: 'Last seen', value: <When at={person.last_seen_at} /> },
          { label: 'Last sign-in', value: <When at={person.last_login_at} /> },
          { label: 'Signed out everywhere', value: <When at={person.tokens_valid_after} /> },
        ]}
      />
      <h3 class="section__sub">Identities</h3>
      <Show load={load} rows={1}>
        {({ items }) => (
          <ul class="plain lines">
            {items.map(({ auth0_id, linked_at }) => (
              <li key={auth0_id} class="line line--small">
                <span class="line__text">
                  <span>{providerOf(auth0_id)}</span>
                  <code class="muted breakable">{auth0_id}</code>
                </span>
                <span class="muted small nowrap">{linked_at === null ? 'the first' : `linked ${day(linked_at)}`}</span>
              </li>
            ))}
          </ul>
        )}
      </Show>
    </Section>
  )
}

const providers: Readonly<Record<string, string>> = {
  auth0: 'Email and password',
  github: 'GitHub',
  'google-oauth2': 'Google',
}

/** The part of a `sub` before the first `|` names the connection. */
function providerOf(subject: string): string {
  const connection = subject.split('|', 1)[0] ?? ''
  return providers[connection] ?? connection
}
