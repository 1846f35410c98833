import { isUtf8 } from 'node:buffer'
import { Auth0UsersError, type Fault } from '../errors.ts'

/**
 * Parses an untrusted JSON body (RFC 8259) so that what is stored is what was sent. Beyond syntax it refuses
 * what PostgreSQL cannot hold (NUL, lone surrogates), what JavaScript would change silently (numbers that
 * a double cannot hold exactly, a key given twice) and what endangers code further on (`__proto__`,
 * `constructor`, deep nesting).
 *
 * @param raw the bytes as they came.
 * @param maxDepth how deeply objects and arrays may be nested; 1 is a flat object.
 * @throws Auth0UsersError `A0U_BODY_INVALID` with faults that name the place and never repeat a value.
 */
export function parseJsonBody(raw: Buffer, maxDepth: number): unknown {
  if (raw.length === 0) throw refusal('body', 'is empty')
  if (!isUtf8(raw)) throw refusal('body', 'is not UTF-8')
  const text = raw.toString('utf8')
  const value = parse(text)
  const found = inspect(value, maxDepth)
  const outline = text.replace(stringLiteral, '""')
  if (countColons(outline) !== found.keys) throw refusal('body', 'holds the same key twice in one object')
  for (const [literal] of outline.matchAll(numberLiteral)) {
    if (!isExact(literal)) throw refusal('body', 'holds a number that cannot be stored exactly; send it as a string')
  }
  return negativeZero.test(outline) ? withoutNegativeZero(text) : value
}

const stringLiteral = /"[^"\\]*(?:\\.[^"\\]*)*"/g
const numberLiteral = /-?\d[\d.eE+-]*/g
const negativeZero = /-0(?![.\d]*[1-9])/

function refusal(field: string, message: string): Auth0UsersError {
  return new Auth0UsersError('A0U_BODY_INVALID', { faults: [{ field, message }] })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the body, so it is not kept as a cause.
    throw refusal('body', 'is not valid JSON')
  }
}

function countColons(outline: string): number {
  let count = 0
  for (let at = outline.indexOf(':'); at !== -1; at = outline.indexOf(':', at + 1)) count++
  return count
}

/** Whether the double that JavaScript makes of a JSON number is the same number, not a neighbour of it. */
export function isExact(literal: string): boolean {
  const double = Number(literal)
  if (Number.isSafeInteger(double) && literal.length < 16) return !/[.eE]/.test(literal) || sameNumber(literal, double)
  return Number.isFinite(double) && sameNumber(literal, double)
}

function sameNumber(literal: string, double: number): boolean {
  return canonical(literal) === canonical(String(double))
}

/** A decimal number as its significant digits and a power of ten, the same for `1.50`, `15e-1` and `1.5`. */
function canonical(literal: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  let end = digits.length
  while (end > 0 && digits[end - 1] === '0') end--
  if (end === 0) return '0'
  return `${sign}${digits.slice(0, end)}e${Number(power) - fraction.length + digits.length - end}`
}

/** PostgreSQL knows no negative zero. */
function withoutNegativeZero(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => (value === 0 ? 0 : value))
}

interface Findings {
  /** How many keys all objects together have. */
  keys: number
}

function inspect(value: unknown, maxDepth: number): Findings {
  const found: Findings = { keys: 0 }
  visit(value, '', maxDepth, found)
  return found
}

function visit(value: unknown, path: string, depthLeft: number, found: Findings): void {
  if (typeof value === 'string') {
    refuse(textFault(path || 'body', value))
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depthLeft === 0) throw refusal('body', 'is nested too deeply')
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(item, join(path, String(index)), depthLeft - 1, found)
    return
  }
  for (const [key, item] of Object.entries(value)) {
    found.keys++
    refuse(keyFault(path, key))
    visit(item, join(path, key), depthLeft - 1, found)
  }
}

function refuse(fault: Fault | undefined): void {
  if (fault !== undefined) throw new Auth0UsersError('A0U_BODY_INVALID', { faults: [fault] })
}

function keyFault(path: string, key: string): Fault | undefined {
  const place = path || 'body'
  if (key === '__proto__' || key === 'constructor') return { field: place, message: `may not have a key ${key}` }
  const fault = textFault(place, key)
  return fault && { field: place, message: `has a key that ${fault.message}` }
}

/** PostgreSQL refuses both in text and in jsonb. `\p{Surrogate}` matches lone surrogates only. */
function textFault(field: string, text: string): Fault | undefined {
  if (text.includes('\0')) return { field, message: 'holds a NUL character' }
  if (/\p{Surrogate}/u.test(text)) return { field, message: 'holds half of a surrogate pair' }
  return undefined
}

/** Field names in messages stay readable, however long the keys that were sent. */
function join(path: string, key: string): string {
  const short = key.length > 100 ? `${key.slice(0, 100)}…` : key
  return path === '' ? short : path.length > 300 ? path : `${path}.${short}`
}
