import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

let first = true

export interface PageTitleProps {
  /** For the tab of the browser [the children]. */
  readonly title: string
  readonly children?: ComponentChildren
  readonly class?: string
}

/**
 * The heading of a page. It names the tab and, after the first page, takes the focus, so that
 * someone who listens to the page hears that it is another one.
 */
export function PageTitle({ title, children = title, class: className }: PageTitleProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} – Verso`
  }, [title])
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true })
    first = false
  }, [])
  return (
    <h1 ref={heading} tabIndex={-1} {...(className === undefined ? {} : { class: className })}>
      {children}
    </h1>
  )
}
