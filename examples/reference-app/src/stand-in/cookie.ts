import { lifetimes } from './settings.ts'

const name = 'stand_in_session'

/** The session id that the browser sent, if any. */
export function readSessionCookie(header: string | undefined): string | undefined {
  const pair = header?.split('; ').find(part => part.startsWith(`${name}=`))
  return pair?.slice(name.length + 1)
}

/** `Set-Cookie` for a session. Lax: the app on another port of localhost is the same site. */
export function sessionCookie(id: string): string {
  return `${name}=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${lifetimes.session}`
}

/** `Set-Cookie` that makes the browser forget it. */
export function clearedSessionCookie(): string {
  return `${name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`
}
