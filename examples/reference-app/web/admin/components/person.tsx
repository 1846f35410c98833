import type { JSX } from 'preact'
import { Link } from '../../shared/router.tsx'
import type { Flag } from '../api/types.ts'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'
import { Badge } from './parts.tsx'

interface PersonLinkProps {
  readonly id: string
  readonly name: string | undefined
}

/** A user's name, or a short form of the id, with a link for staff who may follow it. */
export function PersonLink({ id, name }: PersonLinkProps) {
  const { can, me } = useStaff()
  const text = name ?? <code title={id}>{id.slice(0, 8)}…</code>
  const you = id === me.user.id ? <span class="muted"> (you)</span> : null
  if (!can('accounts.view_user') || name === undefined) {
    return (
      <span>
        {text}
        {you}
      </span>
    )
  }
  return (
    <span>
      <Link href={`${root}/users/${id}`}>{text}</Link>
      {you}
    </span>
  )
}

/** The flags of a user, in words. */
export function FlagBadges({ person }: { readonly person: Readonly<Record<Flag, boolean>> }): JSX.Element {
  return (
    <span class="badges">
      {!person.is_active && <Badge tone="bad">deactivated</Badge>}
      {person.is_superuser && <Badge tone="good">superuser</Badge>}
      {person.is_staff && !person.is_superuser && <Badge tone="good">staff</Badge>}
      {person.is_platform && <Badge tone="wait">platform</Badge>}
      {person.is_active && !person.is_superuser && !person.is_staff && !person.is_platform && <Badge>member</Badge>}
    </span>
  )
}
