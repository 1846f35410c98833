/** Longest request id that is put on record, in UTF-16 units. */
const maxRequestId = 200

/** What PostgreSQL can hold of a text, such as a name of a field that a person chose. */
export function recordable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{fffd}')
}

/** A request's id: hosts make them of anything, even of numbers, or take them from their clients. */
export function recordableId(id: unknown): string | null {
  return id == null ? null : recordable(String(id).slice(0, maxRequestId))
}
