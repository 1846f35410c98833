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

const countVerification = counter('token.verifications')
const measureVerification = histogram('token.verification.duration')

/** The span of one verification, how it ended and how long it took. */
export function reportedVerification<T>(verify: () => T | Promise<T>): T | Promise<T> {
  return reported('token.verify', {}, report, verify)
}

function report(end: Ended<unknown>, seconds: number): { outcome: 'accepted' | Failure } {
  const outcome = 'error' in end ? failureOf(end.error) : 'accepted'
  const type: { 'error.type'?: ErrorType } = 'error' in end ? { 'error.type': errorType(end.error) } : {}
  countVerification({ outcome, ...type })
  measureVerification(seconds, { outcome })
  return { outcome }
}
