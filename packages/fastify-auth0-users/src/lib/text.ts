/** Control characters (NUL among them) and lone surrogates. */
const unprintable = /[\p{Cc}\p{Cs}]/u

/** The longest `sub`, in characters as the database counts them. */
export const maxSubjectLength = 255

/** Whether a text holds no control character and no lone surrogate. */
export function isPrintable(text: string): boolean {
  return !unprintable.test(text)
}

/** Whether PostgreSQL can store a text: no NUL character and no lone surrogate. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** The one rule for a `sub`, whatever it comes from: not blank, printable, at most 255 characters. */
export function isUsableSubject(subject: string): boolean {
  if (subject.trim() === '' || !isPrintable(subject)) return false
  return subject.length <= maxSubjectLength || [...subject].length <= maxSubjectLength
}

/** Whether a text is a UUID in its usual form; case does not matter. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
