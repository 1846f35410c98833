import caching from '@fastify/caching'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Databases } from '../db/handle.ts'
import type { Clock } from '../lib/clock.ts'
import { createConsents, currentConsents } from '../privacy/consent.service.ts'
import type { ResolvedPrivacyOptions } from '../privacy/options.ts'
import { privacyRoutes } from '../privacy/privacy.routes.ts'
import type { ResolvedProfileOptions } from '../profile/options.ts'
import { profileRoutes } from '../profile/profile.routes.ts'
import { createProfiles } from '../profile/profile.service.ts'
import { createRegistrations, type Registrations } from '../profile/registrations.ts'
import { privacyParts } from './privacy.ts'

export interface ProfileScopeDeps {
  readonly databases: Databases
  readonly profile: ResolvedProfileOptions
  readonly privacy: ResolvedPrivacyOptions
  readonly now: Clock
}

/**
 * The profile and privacy routes in a scope of their own. There @fastify/caching marks every response
 * `no-store`; its hook that responds 304 for a known ETag is added after ours, so it never stands
 * before authentication. Where the host registered @fastify/caching itself, the routes' own header
 * does the same.
 */
export async function registerProfile(app: FastifyInstance, deps: ProfileScopeDeps): Promise<void> {
  const { databases, profile: options, privacy, now } = deps
  const { schema } = options
  const { purposes, hashValues } = privacy
  const profiles = createProfiles({ databases, options, consentsOf: currentConsents, hashValues, now })
  const consents = createConsents({ databases, profiles, schema, purposes, hashValues })
  const routes: FastifyPluginAsync = async scope => {
    if (!scope.hasDecorator('cache')) await scope.register(caching, { privacy: 'no-store' })
    await scope.register(profileRoutes({ profiles, options }))
    await scope.register(privacyRoutes({ databases, profile: options, privacy, consents, parts: privacyParts, now }))
  }
  await app.register(routes)
}

/** For schedulers of the host; without a profile nothing is ever incomplete. */
export function registrationsOf(
  profile: ResolvedProfileOptions | false,
  { databases, now }: Pick<ProfileScopeDeps, 'databases' | 'now'>,
): Registrations {
  return createRegistrations({ databases, required: profile === false ? [] : profile.required, now })
}
