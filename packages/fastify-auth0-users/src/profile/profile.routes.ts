import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { requestActor } from '../wire/actor.ts'
import { errorSchema } from '../wire/error-schema.ts'
import { withAndWithoutSlash } from '../wire/paths.ts'
import { useStrictJson } from '../wire/strict-json.ts'
import { isKnown } from './etag.ts'
import type { ResolvedProfileOptions } from './options.ts'
import type { MergeMode, Profiles } from './profile.service.ts'
import type { ProfileBody, ProfileView } from './representation.ts'
import { profileWire } from './wire.ts'

export interface ProfileRoutesDeps {
  readonly profiles: Profiles
  readonly options: ResolvedProfileOptions
}

/**
 * `GET`, `HEAD`, `PUT` and `PATCH` of the signed-in person's own profile, with and without the
 * trailing slash. To be registered as it is: it makes a scope of its own.
 */
export function profileRoutes({ profiles, options }: ProfileRoutesDeps): FastifyPluginAsync {
  return async scope => {
    useStrictJson(scope, { bodyLimit: options.bodyLimit, maxDepth: options.maxDepth + 1 })
    for (const url of withAndWithoutSlash(scope, options.prefix)) {
      // API pages show the first of the two spellings only.
      addProfileRoutes(scope, url, url.endsWith('/'), { profiles, options })
    }
  }
}

function addProfileRoutes(scope: FastifyInstance, url: string, shown: boolean, deps: ProfileRoutesDeps): void {
  const wire = profileWire(deps.options)
  const config = { auth: {} }
  const shared = { tags: ['profile'], hide: !shown, response: { 200: wire.profile, '4xx': errorSchema } }
  scope.route({
    method: 'GET',
    url,
    config,
    exposeHeadRoute: true,
    schema: { ...shared, summary: 'Your profile' },
    handler: reader(deps.profiles),
  })
  scope.route({
    method: 'PUT',
    url,
    config,
    schema: { ...shared, summary: 'Fill in your profile; what is absent stays', body: wire.put },
    handler: writer(deps.profiles, 'put'),
  })
  scope.route({
    method: 'PATCH',
    url,
    config,
    schema: { ...shared, summary: 'Change your profile; null deletes', body: wire.patch },
    handler: writer(deps.profiles, 'patch'),
  })
}

function reader(profiles: Profiles) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<ProfileBody | FastifyReply> => {
    const view = await profiles.read(request.getUser().id)
    if (!isKnown(request.headers['if-none-match'], view.etag)) return answer(reply, view)
    return reply.code(304).header('etag', view.etag).send()
  }
}

function writer(profiles: Profiles, mode: MergeMode) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<ProfileBody> => {
    const actor = requestActor(request)
    const write = { userId: actor.actorId, mode, body: request.body, ifMatch: request.headers['if-match'], actor }
    return answer(reply, await profiles.write(write))
  }
}

/** Sets the entity tag; the body is what the handler returns. */
export function answer(reply: FastifyReply, { body, etag }: ProfileView): ProfileBody {
  reply.header('etag', etag)
  return body
}
