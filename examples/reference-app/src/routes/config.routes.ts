import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import { consents } from '../consents.ts'
import { Profile, requiredProfileFields } from '../profile.ts'

export interface ConfigRoutesOptions {
  /** URL of the issuer, as in `iss`. */
  readonly domain: string
  readonly audience: string
  /** Of the web front end at the identity provider. */
  readonly clientId: string
  readonly standIn: boolean
}

const Label = Type.Object({
  name: Type.String({ description: 'Of the connection at Auth0', examples: ['github'] }),
  label: Type.String({ examples: ['GitHub'] }),
})

const PublicConfig = Type.Object({
  domain: Type.String({ description: 'As the SDK takes it', examples: ['tenant.eu.auth0.com'] }),
  client_id: Type.String({ examples: ['reference-app-web'] }),
  audience: Type.String({ examples: ['https://api.reference-app.example'] }),
  stand_in: Type.Boolean({ description: 'Whether sign-in is by the local stand-in' }),
  connections: Type.Array(Label),
  profile: Type.Object({
    schema: Type.Unknown({ description: 'JSON Schema of `profile_data`' }),
    required: Type.Array(Type.String(), { examples: [['phone', 'title']] }),
  }),
  consents: Type.Array(
    Type.Object({
      purpose: Type.String({ examples: ['contact'] }),
      version: Type.String({ examples: ['2026-01'] }),
      text: Type.String(),
    }),
  ),
})

const connections = [
  { name: 'github', label: 'GitHub' },
  { name: 'google-oauth2', label: 'Google' },
]

/** `GET /api/v1/config`: public; what a page needs before anybody has signed in. */
export const configRoutes: FastifyPluginAsync<ConfigRoutesOptions> = async (scope, options) => {
  const { domain, audience, clientId, standIn } = options
  const config = {
    domain: domainForSdk(domain),
    client_id: clientId,
    audience,
    stand_in: standIn,
    connections,
    profile: { schema: Profile, required: [...requiredProfileFields] },
    consents: consents.map(consent => ({ ...consent })),
  }
  const schema = {
    tags: ['config'],
    summary: 'What a page needs to begin',
    security: [],
    response: { 200: PublicConfig },
  }
  scope
    .withTypeProvider<TypeBoxTypeProvider>()
    .get('/api/v1/config', { config: { auth: false }, schema }, (_request, reply) => {
      reply.header('cache-control', 'public, max-age=60')
      return config
    })
}

/** The SDK assumes https; plain http, of a stand-in, has to be said. */
function domainForSdk(issuer: string): string {
  const { protocol, host } = new URL(issuer)
  return protocol === 'http:' ? `http://${host}` : host
}
