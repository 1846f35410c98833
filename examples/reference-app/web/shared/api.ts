import { ApiError, readError } from './api-error.ts'

export type Query = Readonly<Record<string, string | number | null | undefined>>

export interface Api {
  get<Answer>(path: string, query?: Query): Promise<Answer>
  post<Answer>(path: string, body?: unknown): Promise<Answer>
  put<Answer>(path: string, body: unknown): Promise<Answer>
  patch<Answer>(path: string, body: unknown): Promise<Answer>
  delete(path: string): Promise<void>
  /** The file of an answer, with the name that the server gave it. */
  download(path: string): Promise<{ readonly blob: Blob; readonly name: string | undefined }>
}

export interface ApiOptions {
  /** Headers that authenticate a request: `authorization`, or `x-csrf-token` beside a cookie. */
  readonly credentials: (method: string) => Promise<Readonly<Record<string, string>>>
  /** Told of an answer 401: the sign-in has ended. */
  readonly onSignedOut?: () => void
}

/** Below this all routes of the API are. */
const root = '/api/v1'

/** Milliseconds without an answer after which a request has failed. */
const patience = 15_000

/** Sends requests with credentials; every refusal and every lost connection is thrown as an `ApiError`. */
export function createApi({ credentials, onSignedOut }: ApiOptions): Api {
  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const content = body === undefined ? {} : { 'content-type': 'application/json' }
    const authentication = await credentials(method).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) onSignedOut?.()
      throw error
    })
    const headers = { accept: 'application/json', ...content, ...authentication }
    const payload = body === undefined ? {} : { body: JSON.stringify(body) }
    const signal = AbortSignal.timeout(patience)
    const response = await fetch(`${root}${path}`, { method, headers, signal, ...payload }).catch(() => {
      throw new ApiError(0, 'NETWORK', 'The store cannot be reached. Are you online?')
    })
    if (response.status === 401) onSignedOut?.()
    if (!response.ok) throw await readError(response)
    return response
  }
  const json = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await send(method, path, body)
    return (response.status === 204 ? undefined : await response.json()) as Answer
  }
  return {
    get: (path, query) => json('GET', `${path}${queryString(query)}`),
    post: (path, body) => json('POST', path, body),
    put: (path, body) => json('PUT', path, body),
    patch: (path, body) => json('PATCH', path, body),
    delete: path => json('DELETE', path),
    download: async path => {
      const response = await send('GET', path)
      return { blob: await response.blob(), name: fileName(response.headers.get('content-disposition')) }
    },
  }
}

function queryString(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === null || value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

function fileName(disposition: string | null): string | undefined {
  return /filename="([^"]+)"/.exec(disposition ?? '')?.[1]
}

/** Gives a file to the browser's downloads. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Not at once: the browser may still be reading it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** The only route that is asked without credentials. */
export async function fetchConfig<Config>(): Promise<Config> {
  const open = createApi({ credentials: async () => ({}) })
  return await open.get<Config>('/config')
}
