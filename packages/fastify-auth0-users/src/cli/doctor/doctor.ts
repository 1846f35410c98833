import { withDatabase } from '../database.ts'
import { errorText } from '../error-text.ts'
import type { Settings } from '../settings.ts'
import type { Report, Terminal } from '../terminal.ts'
import { type Check, failed, ok } from './check.ts'
import { checkDatabase } from './database.ts'
import { checkIssuer } from './issuer.ts'

/** Checks all that the plugin needs outside itself, and says what to do where something is missing. */
export async function examine(terminal: Terminal, settings: Settings): Promise<Report> {
  const { env, now } = terminal
  const issuer = await checkIssuer(env['AUTH_DOMAIN'] || undefined, now)
  const checks = [
    ...issuer,
    checkAudience(env['AUTH_AUDIENCE'] || undefined),
    ...(await databaseChecks(terminal, settings)),
  ]
  return {
    ok: checks.every(({ status }) => status !== 'failed'),
    lines: checks.flatMap(linesOf),
    fields: { checks },
  }
}

async function databaseChecks(terminal: Terminal, { tables }: Settings): Promise<Check[]> {
  try {
    return await withDatabase(terminal, tables, ({ db }) => checkDatabase(db, tables))
  } catch (error) {
    const remedy = 'check DATABASE_URL, that the server runs, and that this machine may reach it'
    return [failed('database', `the database cannot be used: ${errorText(error)}`, remedy)]
  }
}

function checkAudience(audience: string | undefined): Check {
  if (audience !== undefined) return ok('audience', `the audience is ${audience}`)
  const remedy = "set AUTH_AUDIENCE to the API's identifier at Auth0 (Applications, APIs), final slash included"
  return failed('audience', 'AUTH_AUDIENCE is not set', remedy)
}

const marks = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ', skipped: 'skipped' } as const

function linesOf({ status, name, message, remedy }: Check): string[] {
  const first = `${marks[status]}  ${name}: ${message}`
  return remedy === undefined ? [first] : [first, `         -> ${remedy}`]
}
