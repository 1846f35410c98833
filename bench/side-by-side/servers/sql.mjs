// By hand: verified tokens in a Map, and one prepared SELECT of the person at every request.
import { createVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import { publicKeyOf } from '../keys.mjs'

const columns = `id, auth0_id, username, email, email_verified, first_name, last_name, profile_data, is_active, is_staff,
  is_superuser, is_platform, edited_fields, claims_issued_at, last_login_at, tokens_valid_after, created_at, updated_at`
const text = `select ${columns} from accounts_user where auth0_id = $1`

export async function createServer({ issuer, openDatabase }) {
  const { pool } = openDatabase()
  const verify = createVerifier({
    key: await publicKeyOf(issuer),
    allowedIss: issuer.issuer,
    allowedAud: issuer.audience,
  })
  const verified = new Map()
  const app = Fastify()
  app.decorateRequest('person', null)
  app.addHook('onRequest', (request, _reply, done) => {
    const token = request.headers.authorization.slice(7)
    const claims = verified.get(token) ?? verify(token)
    verified.set(token, claims)
    pool.query({ name: 'person', text, values: [claims.sub] }, (error, result) => {
      request.person = result?.rows[0]
      done(error)
    })
  })
  app.get('/me', ({ person: { id, username } }, reply) => {
    reply.send({ id, username })
  })
  return app
}
