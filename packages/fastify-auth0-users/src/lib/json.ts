/** A parsed JSON object. Untrusted unless its source is. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a JSON value is an object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The kind of a JSON value, for messages: they never repeat the value itself. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** How many keys a JSON value has, those of nested objects included. */
export function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = Array.isArray(value) ? 0 : Object.keys(value).length
  for (const item of Object.values(value)) count += countKeys(item)
  return count
}

/** A number that can be computed with: the JSON text `1e400` is parsed to `Infinity`. */
export function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

/** An own property, never an inherited one. */
export function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
