import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useLoad } from '../../../shared/load.ts'
import { api } from '../../api/client.ts'
import type { ApiToken, Session } from '../../api/types.ts'
import { describeBrowser } from '../../lib/format.ts'
import { FormDialog } from '../dialog.tsx'
import { Nothing, Show } from '../feedback.tsx'
import { Section } from '../page.tsx'
import { When } from '../parts.tsx'
import { RevokeDialog } from '../revoke-dialog.tsx'
import { type Column, DataTable } from '../table.tsx'
import { TokenState, tokenColumns } from '../token-columns.tsx'

interface CredentialsProps {
  readonly userId: string
  readonly editable: boolean
}

const sessionColumns: readonly Column<Session>[] = [
  { label: 'Browser', render: ({ user_agent }) => describeBrowser(user_agent) },
  { label: 'Begun', render: ({ created_at }) => <When at={created_at} /> },
  { label: 'Last used', render: ({ last_seen_at }) => <When at={last_seen_at} /> },
  { label: 'Ends', render: ({ expires_at }) => <When at={expires_at} /> },
]

/** The sessions of a user. */
export function SessionsSection({ userId, editable }: CredentialsProps): JSX.Element {
  const path = `/accounts/admin/users/${userId}/sessions`
  const load = useLoad(() => api.get<{ items: readonly Session[] }>(path), [userId])
  const [ending, setEnding] = useState<Session>()
  const end: Column<Session> = {
    label: 'Action',
    actions: true,
    render: session => (
      <button type="button" class="button button--small" onClick={() => setEnding(session)}>
        End …
      </button>
    ),
  }
  return (
    <Section title="Sessions" lead="Sessions in this admin area. The store uses access tokens.">
      <Show load={load} rows={1}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>No active sessions.</Nothing>
          ) : (
            <DataTable
              caption="Sessions"
              columns={editable ? [...sessionColumns, end] : sessionColumns}
              rows={items}
              keyOf={({ id }) => id}
            />
          )
        }
      </Show>
      {ending !== undefined && (
        <FormDialog
          title="End this session?"
          action="End"
          danger
          onClose={() => setEnding(undefined)}
          onSubmit={async () => {
            await api.delete(`${path}/${ending.id}`)
            load.reload()
            return 'The session was ended.'
          }}
        >
          <p>{describeBrowser(ending.user_agent)}: the next request from there has to sign in again.</p>
        </FormDialog>
      )}
    </Section>
  )
}

/** The API tokens of a user. */
export function TokensSection({ userId, editable }: CredentialsProps): JSX.Element {
  const path = `/accounts/admin/users/${userId}/tokens`
  const load = useLoad(() => api.get<{ items: readonly ApiToken[] }>(path), [userId])
  const [revoking, setRevoking] = useState<ApiToken>()
  const revoke: Column<ApiToken> = {
    label: 'Action',
    actions: true,
    render: token => <TokenState token={token} onRevoke={editable ? () => setRevoking(token) : undefined} />,
  }
  return (
    <Section title="API tokens">
      <Show load={load} rows={1}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>No API tokens yet.</Nothing>
          ) : (
            <DataTable caption="API tokens" columns={[...tokenColumns, revoke]} rows={items} keyOf={({ id }) => id} />
          )
        }
      </Show>
      {revoking !== undefined && (
        <RevokeDialog
          token={revoking}
          path={`${path}/${revoking.id}`}
          onRevoked={load.reload}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Section>
  )
}
