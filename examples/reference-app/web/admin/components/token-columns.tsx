import type { JSX } from 'preact'
import type { ApiToken } from '../api/types.ts'
import { Asking, Badge, When } from './parts.tsx'
import type { Column } from './table.tsx'

/** What there is to say about a token; never the token itself. */
export const tokenColumns: readonly Column<ApiToken>[] = [
  { label: 'Name', render: ({ name }) => name },
  { label: 'Allows', render: ({ scopes }) => (scopes === null ? 'All that its owner holds' : scopes.join(', ')) },
  { label: 'Last used', render: ({ last_used_at }) => <When at={last_used_at} /> },
  { label: 'Expires', render: ({ expires_at }) => <When at={expires_at} /> },
]

interface TokenStateProps {
  readonly token: ApiToken
  readonly onRevoke?: (() => void) | undefined
}

/** Revoked, expired, or in force and to be revoked. */
export function TokenState({ token, onRevoke }: TokenStateProps): JSX.Element {
  if (token.revoked_at !== null) return <Badge tone="bad">revoked</Badge>
  if (token.expires_at !== null && Date.parse(token.expires_at) <= Date.now()) return <Badge tone="wait">expired</Badge>
  if (onRevoke === undefined) return <Badge tone="good">in force</Badge>
  return (
    <button type="button" class="button button--small" onClick={onRevoke}>
      <Asking what="Revoke">{token.name}</Asking>
    </button>
  )
}
