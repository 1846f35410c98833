import { createHash } from 'node:crypto'

/** The ways in, by the names that Auth0 gives its connections. */
export type Connection = 'Username-Password-Authentication' | 'github' | 'google-oauth2'

/** A person as the identity provider knows them: who they are, and nothing about the business. */
export interface Person {
  readonly sub: string
  readonly connection: Connection
  readonly email: string
  readonly email_verified: boolean
  readonly given_name?: string
  readonly family_name?: string
}

export interface SocialConnection {
  readonly connection: Connection
  readonly label: string
}

export const socialConnections: readonly SocialConnection[] = [
  { connection: 'github', label: 'GitHub' },
  { connection: 'google-oauth2', label: 'Google' },
]

/** Invented people, ready to sign in with a social account. */
export const seededPeople: readonly Person[] = [
  social('github|9000101', 'github', 'Noor', 'Aziz'),
  social('github|9000102', 'github', 'Tomás', 'Ferreira'),
  social('google-oauth2|109000000000000000101', 'google-oauth2', 'Mei', 'Tanaka'),
  social('google-oauth2|109000000000000000102', 'google-oauth2', 'Ada', 'Okafor'),
]

/** The person in whose name the token of the start message is made. */
export const demoPerson: Person = personByEmail('demo@example.test', { given_name: 'Dana', family_name: 'Demo' })

export interface Names {
  readonly given_name?: string
  readonly family_name?: string
}

/** A user who signs in with an email address; the same address is always the same `sub`. */
export function personByEmail(address: string, names: Names = {}): Person {
  const email = address.trim().toLowerCase()
  const hash = createHash('sha256').update(email).digest('hex').slice(0, 24)
  const connection = 'Username-Password-Authentication'
  return { sub: `auth0|${hash}`, connection, email, email_verified: true, ...names }
}

export function personBySub(sub: string): Person | undefined {
  return seededPeople.find(person => person.sub === sub)
}

export function peopleOf(connection: string): readonly Person[] {
  return seededPeople.filter(person => person.connection === connection)
}

export function fullName(person: Person): string {
  return [person.given_name, person.family_name].filter(name => name !== undefined).join(' ') || person.email
}

function social(sub: string, connection: Connection, givenName: string, familyName: string): Person {
  const local = givenName.normalize('NFD').replace(/\p{Mark}/gu, '')
  const email = `${local}.${familyName}@example.test`.toLowerCase()
  return { sub, connection, email, email_verified: true, given_name: givenName, family_name: familyName }
}
