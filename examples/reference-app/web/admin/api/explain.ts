import { ApiError, messageOf } from '../../shared/api-error.ts'

/** An error in words for staff: what happened, what that means, and whether trying again may help. */
export interface Explained {
  readonly title: string
  readonly text: string
  readonly retry: boolean
}

const byCode: Readonly<Record<string, Omit<Explained, 'retry'>>> = {
  A0U_ESCALATION: {
    title: 'That goes beyond what you may do',
    text: 'You can only give permissions that you hold yourself, and only a superuser can change a superuser. Nothing was changed.',
  },
  A0U_LAST_SUPERUSER: {
    title: 'This is the last superuser',
    text: 'At least one active superuser must remain. Make another person a superuser first.',
  },
  A0U_GROUP_EXISTS: { title: 'This name is taken', text: 'Another group has it. Choose a different one.' },
}

const byStatus: Readonly<Record<number, Explained>> = {
  0: { title: 'The server cannot be reached', text: 'Check your connection and try again.', retry: true },
  403: {
    title: 'You are not allowed to do this',
    text: 'Your permissions may have changed since this page was loaded. Ask a superuser if you need them.',
    retry: false,
  },
  404: { title: 'This does not exist (any more)', text: 'It may have been deleted in the meantime.', retry: false },
  429: { title: 'Too many requests', text: 'Wait a moment before you try again.', retry: true },
  503: {
    title: 'The service is not available at the moment',
    text: 'The database or another part does not answer. Nothing was changed; try again in a moment.',
    retry: true,
  },
}

/** What to show for whatever was thrown. */
export function explain(error: unknown): Explained {
  if (!(error instanceof ApiError)) {
    return { title: 'Something went wrong on this page', text: 'Load the page again.', retry: true }
  }
  const known = byCode[error.code]
  if (known !== undefined) return { ...known, retry: false }
  if (error.status === 409) return { title: 'Someone else changed this first', text: messageOf(error), retry: false }
  if (error.status === 400) return { title: 'This was not accepted', text: messageOf(error), retry: false }
  return byStatus[error.status] ?? { title: 'Something went wrong', text: messageOf(error), retry: true }
}
