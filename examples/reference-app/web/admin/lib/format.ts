const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const count = new Intl.NumberFormat(undefined)

export function formatCount(value: number): string {
  return count.format(value)
}

const rounded = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 })

/** With one digit after the point where it says something. */
export function formatMean(value: number): string {
  return value < 10 ? rounded.format(value) : count.format(Math.round(value))
}

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** For instance `3 days ago` or `in 2 weeks`. */
export function formatRelative(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit)
  }
  return 'just now'
}

/** The browser and operating system that a user agent names. */
export function describeBrowser(userAgent: string | null): string {
  if (userAgent === null) return 'Unknown browser'
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(userAgent)?.[1]
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0]
  const names: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS' }
  const known = [browser, system].filter(part => part !== undefined).map(part => names[part] ?? part)
  return known.length === 0 ? userAgent.slice(0, 60) : known.join(' on ')
}

interface Named {
  readonly first_name: string
  readonly last_name: string
  readonly email: string | null
  readonly username: string | null
}

/** The display name of a user: full name, else email, else username. */
export function nameOf({ first_name, last_name, email, username }: Named): string {
  return [first_name, last_name].filter(Boolean).join(' ') || email || username || 'Nameless person'
}

/** `store.change_asset` in words, e.g. `Change asset`. */
export function permissionLabel(permission: string): string {
  const words = (permission.split('.')[1] ?? permission).replaceAll('_', ' ').replace('accessrequest', 'access request')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const longDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 })

/** `YYYY-MM-DD` as, for instance, `3 Nov`. */
export function formatShortDay(day: string): string {
  return shortDay.format(new Date(`${day}T00:00:00Z`))
}

/** `YYYY-MM-DD` as, for instance, `3 Nov 2026`. */
export function formatLongDay(day: string): string {
  return longDay.format(new Date(`${day}T00:00:00Z`))
}

/** 0.6 as `60%`. */
export function formatShare(part: number): string {
  return share.format(part)
}
