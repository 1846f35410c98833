import type { ColumnType } from 'kysely'

/** Counts without any reference to a person. */
export interface DailyActivityTable {
  /** `YYYY-MM-DD`, UTC. */
  day: ColumnType<string, string, string>
  /** The strategy that identities begin with, such as `auth0` or `google-oauth2`. */
  connection: string
  people: number
  sign_ins: number
}

/** A view: people who were seen on a day. */
export interface ReportActivityView {
  day: ColumnType<string, never, never>
  people: ColumnType<number, never, never>
}

/** A view: sign-ins of a day by connection. */
export interface ReportSignInView {
  day: ColumnType<string, never, never>
  connection: ColumnType<string, never, never>
  sign_ins: ColumnType<number, never, never>
}

/** A view: what became of the people who were made on a day. */
export interface ReportRegistrationView {
  day: ColumnType<string, never, never>
  started: ColumnType<number, never, never>
  verified: ColumnType<number, never, never>
  returned: ColumnType<number, never, never>
}
