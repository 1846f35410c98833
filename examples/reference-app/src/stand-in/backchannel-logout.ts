import { parseLoopbackUrl } from './loopback.ts'
import type { Session } from './state.ts'
import type { Tokens } from './tokens.ts'

/** Milliseconds that an application gets to answer. */
const patience = 5000

/** Tells applications that a session has ended (OpenID Connect Back-Channel Logout 1.0). */
export interface BackchannelLogout {
  /** Throws `RangeError` for a URL that is not on this machine. */
  register(clientId: string, url: string): void
  /** Sends a logout token to each application that got tokens for the session; does not wait. */
  notify(session: Session, onFault: (fault: string) => void): void
  /** Waits for what is on its way. */
  close(): Promise<void>
}

export function createBackchannelLogout(tokens: Tokens): BackchannelLogout {
  const urls = new Map<string, string>()
  const underWay = new Set<Promise<void>>()

  const send = async (clientId: string, url: string, { id, person }: Session): Promise<void> => {
    const logoutToken = await tokens.logoutToken(clientId, { sub: person.sub, sid: id })
    const body = new URLSearchParams({ logout_token: logoutToken })
    const signal = AbortSignal.timeout(patience)
    const response = await fetch(url, { method: 'POST', body, redirect: 'error', signal })
    if (!response.ok) throw new Error(`it answered with status ${response.status}`)
  }

  return {
    register: (clientId, url) => {
      if (parseLoopbackUrl(url) === undefined) throw new RangeError('Logout tokens are sent to this machine only')
      urls.set(clientId, url)
    },
    notify: (session, onFault) => {
      for (const clientId of session.clientIds) {
        const url = urls.get(clientId)
        if (url === undefined) continue
        const sending = send(clientId, url, session)
          .catch((error: unknown) => onFault(`the logout token was not delivered to ${url}: ${String(error)}`))
          .finally(() => underWay.delete(sending))
        underWay.add(sending)
      }
    },
    close: async () => {
      await Promise.all(underWay)
    },
  }
}
