import basicAuth from '@fastify/basic-auth'
import { type TObject, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sameSecret } from '../credentials/secret.ts'
import { Auth0UsersError } from '../errors.ts'
import { anyOf, group } from '../lib/option-schema.ts'
import type { Users } from '../users/users.service.ts'
import { createRequestAuth } from './auth.ts'
import type { AuthContext } from './auth-context.ts'
import { identityOf, originOf } from './known-identity.ts'
import type { AuthenticationMethod } from './method.ts'
import type { RequestAuth } from './request-auth.ts'

/** A person of development and tests. */
export interface BasicUser {
  readonly password: string
  /** The identity of the row that is used, or made [`basic|` and the username]. */
  readonly auth0_id?: string
}

/** The option `methods.basic`: usernames and passwords for development and tests; refused in production. */
export interface BasicOptions {
  /** By username. */
  readonly users: Readonly<Record<string, BasicUser>>
}

/** The option `methods.basic`. */
export const basicSchema: TObject = group(
  {
    users: anyOf(
      [
        Type.Record(
          Type.String({ pattern: '^[^:]+$' }),
          Type.Object(
            { password: Type.String({ minLength: 1 }), auth0_id: Type.Optional(Type.String({ minLength: 1 })) },
            { additionalProperties: false },
          ),
        ),
      ],
      {
        must: 'an object { [username]: { password, auth0_id } } whose usernames hold no colon',
        description: 'by username: the password, and the identity of the row [`basic|` and the username]',
        secret: true,
      },
    ),
  },
  {},
  ['users'],
)

type Verify = (request: FastifyRequest, reply: FastifyReply | null, done: (error?: Error) => void) => void

const none: ReadonlySet<string> = new Set()

/**
 * `Authorization: Basic` (RFC 7617) for development and tests. The registration of @fastify/basic-auth is in an
 * instance of its own, so that it meets no registration of the host.
 */
export async function createBasicMethod(
  newScope: () => FastifyInstance,
  people: BasicOptions['users'],
  users: Users,
  context: AuthContext,
): Promise<AuthenticationMethod> {
  const verified = new WeakMap<FastifyRequest, string>()
  const scope = newScope()
  scope.register(basicAuth, {
    validate: (username, password, request, _reply, done) => {
      if (!matches(people, username, password)) return done(new Auth0UsersError('A0U_BASIC_INVALID'))
      verified.set(request, username)
      done()
    },
  })
  await scope.ready()
  const verify = scope.basicAuth.bind(scope) as unknown as Verify

  async function signIn(request: FastifyRequest): Promise<RequestAuth> {
    await new Promise<void>((resolve, reject) => {
      verify(request, null, error => (error === undefined ? resolve() : reject(refusal(error))))
    })
    const username = verified.get(request) ?? ''
    const identity = identityOf(people[username]?.auth0_id ?? `basic|${username}`)
    const entry = users.current(identity) ?? (await users.resolve(identity, originOf('basic', identity, request)))
    const { user, permissions } = entry
    if (!user.is_active) throw new Auth0UsersError('A0U_USER_INACTIVE')
    const who = { method: 'basic', principal: 'user', subject: identity.subject, claims: null } as const
    return createRequestAuth({ context, ...who, user, permissions, claimed: none })
  }

  return {
    name: 'basic',
    authenticate: (request, authorization) => (authorization?.scheme === 'basic' ? signIn(request) : null),
  }
}

/** Takes as long for an unknown username as for a wrong password. */
function matches(people: BasicOptions['users'], username: string, password: string): boolean {
  const known = Object.hasOwn(people, username) ? people[username] : undefined
  const same = sameSecret(password, known?.password ?? '')
  return known !== undefined && same
}

/** The library's own refusals are of credentials that are no username and password. */
function refusal(error: Error): Error {
  return error instanceof Auth0UsersError ? error : new Auth0UsersError('A0U_BASIC_INVALID')
}
