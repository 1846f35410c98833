import { type Api, createApi } from '../../shared/api.ts'
import { ApiError } from '../../shared/api-error.ts'

const sessionPath = '/accounts/session/'

/** The cookie is HttpOnly; this value proves to the server that a write comes from this page. */
let csrfToken = ''
let whenOver: () => void = () => {}

/** Calls `listener` when a request was refused because the session is over. */
export function onSessionOver(listener: () => void): void {
  whenOver = listener
}

const credentials = async (method: string): Promise<Readonly<Record<string, string>>> =>
  method === 'GET' ? {} : { 'x-csrf-token': csrfToken }

/** Without the listener, for asking whether there is a session. */
const quiet = createApi({ credentials })
const strict = createApi({ credentials, onSignedOut: () => whenOver() })

/** The API with the session of this browser. */
export const api: Api = {
  get: strict.get,
  download: strict.download,
  post: (path, body) => writing(() => strict.post(path, body)),
  put: (path, body) => writing(() => strict.put(path, body)),
  patch: (path, body) => writing(() => strict.patch(path, body)),
  delete: path => writing(() => strict.delete(path)),
}

/** Exchanges an access token for a session; the token is not needed afterwards. */
export async function beginSession(accessToken: string): Promise<void> {
  const bearer = createApi({ credentials: async () => ({ authorization: `Bearer ${accessToken}` }) })
  csrfToken = (await bearer.post<{ csrf_token: string }>(sessionPath)).csrf_token
}

/** Takes up the session that this browser has. Throws `ApiError` with status 401 when it has none. */
export async function resumeSession(): Promise<void> {
  csrfToken = (await quiet.get<{ csrf_token: string }>(sessionPath)).csrf_token
}

/** Ends the session on the server and takes the cookie away. A session that has ended already is not an error. */
export async function endSession(): Promise<void> {
  try {
    await writing(() => quiet.delete(sessionPath))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
  }
  csrfToken = ''
}

async function writing<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
  try {
    return await attempt()
  } catch (error) {
    // Another tab signed in anew: the cookie is that of the new session, and its value is to be fetched.
    if (!(error instanceof ApiError) || error.code !== 'A0U_SESSION_CSRF') throw error
    await resumeSession()
    return await attempt()
  }
}
