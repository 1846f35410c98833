/**
 * `fastify-auth0-users/browser`: what a registration form of a single-page app collects, kept while
 * the person is away at Auth0 to sign up, and saved as their profile when they are back. No framework,
 * no dependency; needs the Web Locks API, hence a secure context, as Auth0's own SDK does.
 */
export { completeRegistration } from './complete.ts'
export { newTabStorage, savePending, takePending } from './pending.ts'
export type {
  Absent,
  CompleteOptions,
  FetchLike,
  JsonObject,
  JsonValue,
  LocksLike,
  PendingData,
  RegistrationResult,
  SaveOptions,
  SaveResult,
  SendFailure,
  StorageLike,
  StorageOptions,
  Taken,
  TakeOptions,
  TakeResult,
  Unavailable,
} from './types.ts'
