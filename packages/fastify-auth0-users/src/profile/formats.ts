import { FormatRegistry } from '@sinclair/typebox'
import { isUuid } from '../lib/text.ts'

/** The `format` keywords that a profile schema may use, beside those that the host registers with TypeBox itself. */
const formats: Readonly<Record<string, (value: string) => boolean>> = {
  phone: isPhone,
  email: isEmail,
  uri: isUri,
  url: isWebAddress,
  date: isDate,
  'date-time': isDateTime,
  uuid: isUuid,
}

/** Makes the formats known to TypeBox; one that the host registered under the same name stays. */
export function registerFormats(): void {
  for (const [name, check] of Object.entries(formats)) {
    if (!FormatRegistry.Has(name)) FormatRegistry.Set(name, check)
  }
}

/** Whether TypeBox can check this `format`. */
export function isKnownFormat(name: string): boolean {
  return FormatRegistry.Has(name)
}

/** E.164 in the ways people write it: 6 to 15 digits after `+` or `00`, groups set apart by one space, dot or hyphen. */
function isPhone(value: string): boolean {
  if (!/^(?:\+|00)?(?:\(\d{1,5}\)[ .-]?)?\d(?:[ .-]?\(?\d\)?)*$/.test(value) || value.length > 40) return false
  const digits = value.replace(/\D/g, '').replace(/^00/, '')
  return digits.length >= 6 && digits.length <= 15
}

function isEmail(value: string): boolean {
  if (value.length > 254) return false
  const at = value.lastIndexOf('@')
  if (at < 1 || at > 64) return false
  return /^[^\s@"(),:;<>[\\\]]+$/.test(value.slice(0, at)) && isHost(value.slice(at + 1))
}

function isHost(value: string): boolean {
  return (
    value.includes('.') &&
    value.split('.').every(label => /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label))
  )
}

/** RFC 3986, absolute. */
function isUri(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(value) && URL.canParse(value)
}

function isWebAddress(value: string): boolean {
  return /^https?:\/\//i.test(value) && isUri(value)
}

/** RFC 3339 full-date, with the days that the month has. */
function isDate(value: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1) return false
  return Number(day) <= daysIn(Number(year), Number(month))
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** RFC 3339 date-time; the leap second is accepted. */
function isDateTime(value: string): boolean {
  const [date, time] = [value.slice(0, 10), value.slice(10)]
  return (
    isDate(date) &&
    /^[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/.test(time)
  )
}
