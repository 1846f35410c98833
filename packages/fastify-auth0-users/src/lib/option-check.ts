import type { TObject, TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Fault } from '../errors.ts'
import { isObject, type JsonObject, own } from './json.ts'
import { allowed, groupIn } from './option-schema.ts'

/** What is checked, and where its faults go. */
interface Check {
  /** The path of the group or option, such as `profile.prefix`; empty for the options as a whole. */
  readonly place: string
  /** Whether values are hidden, because an outer group holds secrets. */
  readonly secret: boolean
  readonly faults: Fault[]
}

/**
 * Finds every option of a group that is unknown or of the wrong shape. Each fault names the option, what it must be and
 * what was passed; the value of a secret is never repeated. `given` is untrusted and is not changed.
 *
 * @param place the path of the group, such as `profile`; empty for the options as a whole.
 * @returns the options that have no fault.
 */
export function checkOptions(schema: TObject, given: unknown, place: string, faults: Fault[]): JsonObject {
  return checkGroup(schema, given, { place, secret: schema['secret'] === true, faults }) ?? {}
}

function checkGroup(schema: TObject, given: unknown, check: Check): JsonObject | undefined {
  if (!isObject(given)) {
    check.faults.push({ field: check.place || 'options', message: wrong(schema, given, check) })
    return undefined
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(schema.properties, name)) check.faults.push(unknownOption(schema, name, check))
  }
  const usable = new Map<string, unknown>()
  for (const [name, option] of Object.entries(schema.properties)) {
    const value = own(given, name)
    const isRequired = schema.required?.includes(name) === true
    if (value === undefined && !isRequired) continue
    const found = checkOption(option, value, { ...check, place: join(check.place, name) })
    if (found !== undefined) usable.set(name, found)
  }
  const isComplete = schema.required?.every(name => usable.has(name)) ?? true
  return isComplete ? Object.fromEntries(usable) : undefined
}

/** The value, without the parts that have faults; undefined where nothing is left. */
function checkOption(schema: TSchema, value: unknown, outer: Check): unknown {
  const check = schema['secret'] === true ? { ...outer, secret: true } : outer
  const members = groupIn(schema)
  if (members !== undefined && isObject(value)) return checkGroup(members, value, check)
  const listed = schema['type'] === 'array' ? groupIn(schema['items'] as TSchema) : undefined
  if (listed !== undefined && Array.isArray(value) && value.length > 0) return checkList(listed, value, check)
  if (Value.Check(schema, value)) return value
  check.faults.push({ field: check.place, message: wrong(schema, value, check) })
  return undefined
}

/** Members of a list of groups are checked one by one, so that a fault names its place. */
function checkList(member: TObject, list: readonly unknown[], check: Check): unknown {
  const before = check.faults.length
  for (const [index, item] of list.entries()) checkGroup(member, item, { ...check, place: `${check.place}.${index}` })
  return check.faults.length === before ? list : undefined
}

/** A name that no option could have may be a secret in the wrong place, so it is not repeated. */
function unknownOption(schema: TObject, name: string, { place }: Check): Fault {
  const known = `known options: ${Object.keys(schema.properties).join(', ')}`
  if (/^[A-Za-z_]\w{0,29}$/.test(name)) return { field: join(place, name), message: `is not a known option; ${known}` }
  return { field: place || 'options', message: `must have no other options; ${known}` }
}

function wrong(schema: TSchema, value: unknown, { secret }: Check): string {
  if (value === undefined) return `is required and must be ${allowed(schema)}`
  return `must be ${allowed(schema)}, but is ${secret ? `a ${typeof value} (not shown)` : describe(value)}`
}

function join(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'string' ? `'${value.slice(0, 80)}'` : String(value).slice(0, 80)
}
