const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const times = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** A day, in the person's own way of writing. */
export function day(iso: string): string {
  return dates.format(new Date(iso))
}

export function dayAndTime(iso: string): string {
  return times.format(new Date(iso))
}

export function price(cents: number, currency: string): string {
  if (cents === 0) return 'Free'
  return new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(cents / 100)
}

/** `first_name` as `First name`. */
export function humanise(name: string): string {
  const words = name.replaceAll(/[_.]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
