// Access tokens of the plugin's test mode (HS256): signed in no time, for benchmarks that measure no signatures.
import { env } from 'node:process'
import { testToken } from 'fastify-auth0-users/testing'

// Elsewhere the plugin refuses the mode.
env.NODE_ENV ??= 'test'

export const testMode = {
  domain: 'https://bench.example',
  audience: 'https://api.bench.example',
  test: { secret: 'a shared secret of the benchmarks, at least 32 bytes long' },
}

export function localToken(claims) {
  return testToken(testMode.test.secret, { iss: `${testMode.domain}/`, aud: testMode.audience, ...claims })
}
