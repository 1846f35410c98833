import type { IconName } from '../lib/pages.ts'

const paths: Readonly<Record<IconName, string>> = {
  home: 'M4 11.5 12 4l8 7.5M6 10v9.5h12V10M10 19.5v-5h4v5',
  inbox: 'M4 13 6.5 5h11L20 13v6H4zM4 13h4.5l1.5 2.5h4l1.5-2.5H20',
  image: 'M4 5h16v14H4zM4 16l4.5-5 4 4.5 2.5-2.5 5 4.5M15.5 9.5h.01',
  people:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.6-3.6 3.2-5.5 6.5-5.5s5.9 1.9 6.5 5.500M16 5a3.5 3.5 0 0 1 0 6.500M17.5 14.500c2.2.7 3.6 2.4 4 5',
  group: 'M12 3.5 20 8v8l-8 4.500L4 16V8zM12 3.500V12m0 0 8-4m-8 4-8-4m8 4v8.5',
  key: 'M15.5 13a4.5 4.5 0 1 0-4.3-3.200L4 17v3h3.500l.5-2h2l.5-2.5 1.7-1.700c1 .7 2.1 1.2 3.3 1.200zM16.5 7.500h.01',
  list: 'M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01',
  gear: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.600l2.1 2.100M16.3 16.300l2.1 2.100M18.4 5.600l-2.1 2.100M7.7 16.300l-2.1 2.1',
  chart: 'M4 4v16h16M8 16v-4M12.5 16V8M17 16v-6',
}

/** A line drawing next to a text that says the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
