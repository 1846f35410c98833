import type { JSX } from 'preact'
import { ApiError, messageOf } from '../../../shared/api-error.ts'
import { dayAndTime } from '../../../shared/format.ts'
import { useLoad } from '../../../shared/load.ts'
import { toast } from '../../../shared/toast.tsx'
import type { Session } from '../../../shared/types.ts'
import { useSession } from '../../session.tsx'

const path = '/accounts/sessions/'

/** Sessions of the administration; only people who have any are shown the section. */
export function SessionsSection(): JSX.Element | null {
  const { api } = useSession()
  const { loaded, reload } = useLoad(() => readSessions(api), [])
  if (loaded.state !== 'ready' || loaded.data.length === 0) return null
  const end = async (id: string): Promise<void> => {
    try {
      await api.delete(`${path}${id}/`)
      toast('The session is ended.')
    } catch (error) {
      toast(messageOf(error), 'bad')
    }
    reload()
  }
  return (
    <section class="stack" aria-labelledby="sessions-heading">
      <h2 id="sessions-heading">Sessions</h2>
      <ul class="plain card trail">
        {loaded.data.map(session => (
          <li key={session.id} class="trail__entry row row--apart">
            <div>
              <p>{nameOf(session.user_agent)}</p>
              <p class="muted small">
                Begun {dayAndTime(session.created_at)}, last seen {dayAndTime(session.last_seen_at)}
              </p>
            </div>
            <button type="button" class="button button--small" onClick={() => void end(session.id)}>
              End<span class="visually-hidden"> the session begun {dayAndTime(session.created_at)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** None where the app offers no sessions. */
async function readSessions(api: ReturnType<typeof useSession>['api']): Promise<readonly Session[]> {
  try {
    return (await api.get<{ items: readonly Session[] }>(path)).items
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []
    throw error
  }
}

/** The browser and operating system that a user agent names. */
function nameOf(userAgent: string | null): string {
  const browser = /Firefox|Edg|Chrome|Safari/.exec(userAgent ?? '')?.[0]
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent ?? '')?.[0]
  const names = [browser?.replace('Edg', 'Edge'), system].filter(name => name !== undefined)
  return names.length === 0 ? 'Unknown browser' : names.join(' on ')
}
