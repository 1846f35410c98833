/**
 * An email address as it is compared: ASCII letters in lower case, all else as given. The same rule as
 * `lower(email collate "C")` in the database. Folding more would make distinct mailboxes equal.
 */
export function foldAddress(email: string): string {
  return email.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

/** Whether two texts name one mailbox; an absent or empty one names none. */
export function sameAddress(one: string | null | undefined, other: string | null | undefined): boolean {
  return isAddress(one) && isAddress(other) && foldAddress(one) === foldAddress(other)
}

/** An address as it is stored: without white space around it, shown as given; null for none. */
export function storedAddress(email: string | null | undefined): string | null {
  const trimmed = email?.trim() ?? ''
  return trimmed === '' ? null : trimmed
}

function isAddress(email: string | null | undefined): email is string {
  return email !== null && email !== undefined && email !== ''
}
