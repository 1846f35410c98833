export type Env = Readonly<Record<string, string | undefined>>

/** Reads variables one by one; what does not fit becomes a fault and the fallback. */
export interface Reader {
  readonly faults: string[]
  /** Undefined for an empty one too. */
  text(name: string): string | undefined
  port(name: string, fallback: number): number
  whole(name: string, range: { readonly from: number; readonly to: number; readonly fallback: number }): number
  oneOf<Value extends string>(name: string, allowed: readonly Value[], fallback: Value): Value
  flag(name: string, fallback: boolean): boolean
  /** Separated by commas. */
  list(name: string): readonly string[]
}

export function createReader(env: Env): Reader {
  const faults: string[] = []
  const text = (name: string): string | undefined => env[name]?.trim() || undefined
  function oneOf<Value extends string>(name: string, allowed: readonly Value[], fallback: Value): Value {
    const given = text(name)
    if (given === undefined) return fallback
    const found = allowed.find(value => value === given)
    if (found === undefined) faults.push(`${name} must be one of ${allowed.join(', ')}, not "${given}"`)
    return found ?? fallback
  }
  return {
    faults,
    text,
    oneOf,
    flag: (name, fallback) => oneOf(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true',
    port: (name, fallback) => {
      const given = text(name)
      if (given === undefined) return fallback
      if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given)
      faults.push(`${name} must be a port number from 0 (a free one) to 65535, not "${given}"`)
      return fallback
    },
    whole: (name, { from, to, fallback }) => {
      const given = text(name)
      if (given === undefined) return fallback
      if (/^\d{1,9}$/.test(given) && Number(given) >= from && Number(given) <= to) return Number(given)
      faults.push(`${name} must be a whole number from ${from} to ${to}, not "${given}"`)
      return fallback
    },
    list: name =>
      (text(name) ?? '')
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== ''),
  }
}
