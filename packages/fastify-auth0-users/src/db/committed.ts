import type { FastifyBaseLogger } from 'fastify'

/** A line for the log about something that a transaction did. */
export interface Note {
  readonly level: 'debug' | 'info' | 'warn'
  /** Structured fields: codes, ids of ours, names of columns. Never what a column holds. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** Writes notes as lines of a log. */
export function noteLogger(log: FastifyBaseLogger): (note: Note) => void {
  return ({ level, fields, message }) => log[level](fields, message)
}

const notes = new WeakMap<object, Note[]>()

/** Keeps a note until the transaction is committed; with a rollback it is gone. */
export function noteFor(trx: object, note: Note): void {
  const kept = notes.get(trx)
  if (kept === undefined) notes.set(trx, [note])
  else kept.push(note)
}

/** The notes of a transaction, in their order. */
export function notesOf(trx: object): readonly Note[] {
  return notes.get(trx) ?? []
}
