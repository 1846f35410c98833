import { type ApiTokens, createApiTokens } from '../../credentials/api-token.service.ts'
import { resolveApiTokenOptions } from '../../credentials/options.ts'
import { createTokenFormat } from '../../credentials/secret.ts'
import type { Databases } from '../../db/handle.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Catalogue } from '../../permissions/catalogue.ts'
import { usageFault } from '../failure.ts'
import type { Report } from '../terminal.ts'
import { requirePerson } from '../users.ts'

export interface TokenCreateOptions {
  readonly name: string
  readonly scope?: readonly string[]
  readonly days?: string
  readonly tokenPrefix?: string
}

const daySeconds = 86_400

/** Makes an API token; the report holds it, and nothing else ever does. */
export async function createToken(
  databases: Databases,
  who: string,
  { name, scope, days, tokenPrefix }: TokenCreateOptions,
  catalogue: Catalogue | null,
  now: Clock,
): Promise<Report> {
  const expiresIn = days === undefined ? undefined : readDays(days) * daySeconds
  const { id } = await requirePerson(databases, who)
  const known = catalogue ?? new Set(scope)
  const { token, text } = await service(databases, known, now, tokenPrefix).create({
    ...{ userId: id, name },
    ...(scope === undefined ? {} : { scopes: scope }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
  })
  const until = token.expires_at === null ? 'never expires' : `expires ${token.expires_at}`
  return {
    ok: true,
    lines: [text, `The token ${token.id} ${until}. It is shown this once and kept nowhere: store it now.`],
    fields: { token, text },
  }
}

export async function listTokens(databases: Databases, who: string, now: Clock): Promise<Report> {
  const { id } = await requirePerson(databases, who)
  const tokens = await service(databases, new Set(), now).list(id)
  const lines = tokens.map(token => {
    const state = token.revoked_at === null ? `expires ${token.expires_at ?? 'never'}` : `revoked ${token.revoked_at}`
    return `${token.id}  ${token.name}  ${state}  used ${token.last_used_at ?? 'never'}`
  })
  return { ok: true, lines: lines.length === 0 ? ['no API tokens'] : lines, fields: { tokens } }
}

export async function revokeToken(databases: Databases, tokenId: string, now: Clock): Promise<Report> {
  await service(databases, new Set(), now).revoke(tokenId)
  return { ok: true, lines: [`the token ${tokenId} was revoked`], fields: { token_id: tokenId } }
}

function service(databases: Databases, catalogue: Catalogue, now: Clock, given?: string): ApiTokens {
  const { prefix, maxPerUser } = resolveApiTokenOptions(given === undefined ? {} : { prefix: given })
  if (!/^[A-Za-z0-9]{2,16}_$/.test(prefix)) {
    throw usageFault(
      '--token-prefix must be 2 to 16 letters and digits and an underscore, as in the option methods.token',
    )
  }
  // Processes that know the token forget it when its short life in their memory ends.
  return createApiTokens({
    databases,
    format: createTokenFormat(prefix),
    catalogue,
    maxPerUser,
    onEnded: () => {},
    now,
  })
}

function readDays(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw usageFault('--days must be a whole number from 1 to 9999')
}
