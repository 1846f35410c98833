/** Milliseconds between two looks. */
const every = 1000

/** During development: reloads the page after a new build, which its ETag shows. */
export function reloadWhenBuilt(): void {
  if (import.meta.env.MODE !== 'development') return
  let known: string | null = null
  const look = async (): Promise<void> => {
    const response = await fetch(location.href, { method: 'HEAD', headers: { accept: 'text/html' } })
    const tag = response.headers.get('etag')
    if (known !== null && tag !== null && tag !== known) location.reload()
    known = tag ?? known
  }
  // While the server restarts it does not respond.
  setInterval(() => void look().catch(() => undefined), every)
}
