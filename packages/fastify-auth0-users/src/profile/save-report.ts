import {
  counter,
  type Ended,
  type ErrorType,
  errorType,
  type Failure,
  failureOf,
  histogram,
  reported,
} from '../telemetry/index.ts'

/** What of a save is reported. */
export interface SaveReport {
  readonly changed: boolean
  /** Nothing of the profile was saved before. */
  readonly started: boolean
  /** It became complete for the first time. */
  readonly completed: boolean
}

const countSave = counter('profile.saves')
const measureSave = histogram('profile.save.duration')
const countStarted = counter('registration.started')
const countCompleted = counter('registration.completed')

/** The span of one save, how it ended and how long it took. */
export async function reportedSave<T extends SaveReport>(mode: 'put' | 'patch', save: () => Promise<T>): Promise<T> {
  return await reported('profile.save', { 'profile.mode': mode }, report, save)
}

function report(end: Ended<SaveReport>, seconds: number): { outcome: 'saved' | 'unchanged' | Failure } {
  const outcome = outcomeOf(end)
  countSave({ outcome, ...typeOf(end) })
  measureSave(seconds, { outcome })
  if ('answer' in end && end.answer.started) countStarted()
  if ('answer' in end && end.answer.completed) countCompleted()
  return { outcome }
}

function outcomeOf(end: Ended<SaveReport>): 'saved' | 'unchanged' | Failure {
  if ('error' in end) return failureOf(end.error)
  return end.answer.changed ? 'saved' : 'unchanged'
}

function typeOf(end: Ended<SaveReport>): { 'error.type'?: ErrorType } {
  return 'error' in end ? { 'error.type': errorType(end.error) } : {}
}
