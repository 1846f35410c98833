import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Called when the address changed; the browser reports only its own buttons. */
const changed = 'app:navigate'

/** Goes to a page of this app without loading anything. `replace` leaves no entry in the history. */
export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  dispatchEvent(new Event(changed))
  if (!replace) scrollTo(0, 0)
}

/** The path of the address, without a slash at its end. */
export function usePath(): string {
  return useAddress(currentPath)
}

/** The query of the address. */
export function useQuery(): URLSearchParams {
  return new URLSearchParams(useAddress(currentQuery))
}

/** Puts values into the query of the address, in the place of the entry in the history; empty ones leave it. */
export function setQuery(values: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(values)) {
    if (value === '') query.delete(name)
    else query.set(name, value)
  }
  navigate(query.size === 0 ? location.pathname : `${location.pathname}?${query}`, { replace: true })
}

function useAddress(read: () => string): string {
  const [part, setPart] = useState(read)
  useEffect(() => {
    const update = (): void => setPart(read())
    // It may have changed between the rendering and this.
    update()
    addEventListener('popstate', update)
    addEventListener(changed, update)
    return () => {
      removeEventListener('popstate', update)
      removeEventListener(changed, update)
    }
  }, [read])
  return part
}

function currentPath(): string {
  return location.pathname.replace(/\/+$/, '') || '/'
}

function currentQuery(): string {
  return location.search
}

export interface LinkProps extends Omit<JSX.IntrinsicElements['a'], 'href'> {
  readonly href: string
  readonly children: ComponentChildren
}

/** A link within this app. With a modifier key it opens elsewhere, as any link does. */
export function Link({ href, onClick, children, ...rest }: LinkProps): JSX.Element {
  const follow = (event: JSX.TargetedMouseEvent<HTMLAnchorElement>): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(href)
  }
  return (
    <a href={href} onClick={follow} {...rest}>
      {children}
    </a>
  )
}
