import { Command, CommanderError } from 'commander'
import { migrate } from '../db/migrate.ts'
import { Auth0UsersError } from '../errors.ts'
import { type OpenDatabase, withDatabase } from './database.ts'
import { examine } from './doctor/doctor.ts'
import { errorText } from './error-text.ts'
import { isFailure } from './failure.ts'
import { changeGrant, createSuperuser } from './grants/grants.ts'
import { type ImportOptions, importDjango } from './import-django/import-django.ts'
import { type InitOptions, init } from './init/init.ts'
import { ownVersion } from './own-version.ts'
import { type PoliciesOptions, policies } from './policies/policies.ts'
import { type CommonOptions, readCatalogue, readSettings, type Settings } from './settings.ts'
import { type Report, type Terminal, waiting, writeReport } from './terminal.ts'
import { createToken, listTokens, revokeToken, type TokenCreateOptions } from './tokens/tokens.ts'

type Given = CommonOptions & { readonly catalogue?: string }

/**
 * Runs one command line and resolves to the exit code: 0 done, 1 a check or the operation failed, 2 it was
 * asked for wrongly.
 *
 * @param args what stands behind the name of the program.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1 | 2> {
  let outcome: 0 | 1 = 0
  const program = createProgram(terminal, ok => {
    outcome = ok ? 0 : 1
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return outcome
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return tell(error, args, terminal)
  }
}

function tell(error: unknown, args: readonly string[], { stdout, stderr }: Terminal): 1 | 2 {
  const code = error instanceof Auth0UsersError ? { code: error.code } : {}
  if (args.includes('--json')) {
    const command = args.find(arg => !arg.startsWith('-')) ?? ''
    stdout.write(`${JSON.stringify({ command, ok: false, error: { ...code, message: errorText(error) } })}\n`)
  } else {
    stderr.write(`error: ${errorText(error)}\n`)
  }
  return isFailure(error) ? error.exitCode : 1
}

function createProgram(terminal: Terminal, done: (ok: boolean) => void): Command {
  const { stdout, stderr } = terminal
  const program = new Command('fastify-auth0-users')
    .description('Sets up, checks and administers what fastify-auth0-users keeps in your PostgreSQL.')
    .exitOverride()
    .configureOutput({ writeOut: text => stdout.write(text), writeErr: text => stderr.write(text) })
    .addHelpText('after', '\nReads DATABASE_URL, AUTH_DOMAIN and AUTH_AUDIENCE. Exit codes: 0 done, 1 failed, 2 usage.')
  const perform = performer(terminal, done)
  addInit(program, terminal, perform)
  addSetUp(program, terminal, perform)
  addPeople(program, perform)
  addTokens(program, terminal, perform)
  return program
}

type OnDatabase = (database: OpenDatabase, settings: Settings) => Promise<Report>

interface Perform {
  (command: string, text: string, given: CommonOptions, work: (settings: Settings) => Promise<Report>): Promise<void>
  /** The same with the database open. */
  readonly onDatabase: (command: string, text: string, given: CommonOptions, work: OnDatabase) => Promise<void>
}

/** Runs the work of a command, shows that it runs, and writes its report. */
function performer(terminal: Terminal, done: (ok: boolean) => void): Perform {
  async function perform(
    command: string,
    text: string,
    given: CommonOptions,
    work: (settings: Settings) => Promise<Report>,
  ): Promise<void> {
    const settings = readSettings(given)
    const report = await waiting(terminal, settings.json, text, () => work(settings))
    writeReport(terminal, settings.json, command, report)
    done(report.ok)
  }
  return Object.assign(perform, {
    onDatabase: (command: string, text: string, given: CommonOptions, work: OnDatabase) =>
      perform(command, text, given, settings =>
        withDatabase(terminal, settings.tables, database => work(database, settings)),
      ),
  })
}

/** A command with the options that all share. */
function command(parent: Command, nameAndArgs: string, description: string): Command {
  return parent
    .command(nameAndArgs)
    .description(description)
    .option('--schema <name>', 'PostgreSQL schema of the tables, as the option tables.schema')
    .option('--prefix <text>', 'what the table names start with, as the option tables.prefix')
    .option('--json', 'print one JSON document')
}

const catalogueOption = ['--catalogue <file>', 'JSON list of the permissions that exist; others are refused'] as const

function addInit(program: Command, terminal: Terminal, perform: Perform): void {
  program
    .command('init [folder]')
    .description('Write a minimal app into a folder, or the plugin into a Fastify app; overwrites nothing')
    .option('--javascript', 'write JavaScript instead of TypeScript')
    .option('--json', 'print one JSON document')
    .action((folder: string | undefined, given: InitOptions) =>
      perform('init', 'writing', given, async () => init(terminal, folder ?? '.', given, ownVersion())),
    )
}

function addSetUp(program: Command, terminal: Terminal, perform: Perform): void {
  command(program, 'migrate', 'Bring the tables up to date').action((given: CommonOptions) =>
    perform.onDatabase('migrate', 'migrating', given, async ({ db }, { tables }) => {
      const ran = await migrate(db, tables)
      return { ok: true, lines: ran.length === 0 ? ['nothing to do'] : ran.map(name => `ran ${name}`), fields: { ran } }
    }),
  )
  command(program, 'doctor', 'Check issuer, keys, audience, clock, database, tables and indexes').action(
    (given: CommonOptions) => perform('doctor', 'checking', given, settings => examine(terminal, settings)),
  )
  command(program, 'policies', 'Print a migration with policies of row-level security for your tables')
    .requiredOption('--table <name...>', 'your tables, such as orders or shop.orders')
    .requiredOption('--column <name>', "the column with the organization's id")
    .option('--sql', 'print SQL instead of a migration for Kysely')
    .action((given: CommonOptions & PoliciesOptions) =>
      perform('policies', 'writing', given, async () => policies(given)),
    )
  command(program, 'import-django', "Bring groups and permissions from Django's tables in the same database")
    .option('--from <schema>', "PostgreSQL schema of Django's tables [the search path]")
    .option('--dry-run', 'report what would be added, and add nothing')
    .option(...catalogueOption)
    .action((given: Given & ImportOptions) =>
      perform.onDatabase('import-django', 'importing', given, ({ databases }, { tables }) =>
        importDjango(databases, tables, given, readCatalogue(given.catalogue)),
      ),
    )
}

function addPeople(program: Command, perform: Perform): void {
  for (const action of ['grant', 'revoke'] as const) {
    const description = action === 'grant' ? 'Grant a permission to a person' : 'Take a permission from a person'
    command(program, `${action} <user> <permission>`, `${description}, by id, Auth0 id or email`)
      .option(...catalogueOption)
      .action((user: string, permission: string, given: Given) =>
        perform.onDatabase(action, 'writing', given, ({ databases }) =>
          changeGrant(databases, action, user, permission, readCatalogue(given.catalogue)),
        ),
      )
  }
  command(program, 'create-superuser <user>', 'Make a person a superuser, by email or Auth0 id').action(
    (user: string, given: CommonOptions) =>
      perform.onDatabase('create-superuser', 'writing', given, ({ databases }) => createSuperuser(databases, user)),
  )
}

function addTokens(program: Command, { now }: Terminal, perform: Perform): void {
  const tokens = program.command('token').description('API tokens, for Authorization: Token …')
  command(tokens, 'create <user>', 'Make an API token; it is shown once')
    .requiredOption('--name <text>', 'what it is for')
    .option('--scope <permission...>', 'limit it to these permissions')
    .option('--days <number>', 'let it expire')
    .option('--token-prefix <text>', 'what it starts with, as the option methods.token.prefix')
    .option(...catalogueOption)
    .action((user: string, given: Given & TokenCreateOptions) =>
      perform.onDatabase('token create', 'writing', given, ({ databases }) =>
        createToken(databases, user, given, readCatalogue(given.catalogue), now),
      ),
    )
  command(tokens, 'list <user>', 'List the API tokens of a person').action((user: string, given: CommonOptions) =>
    perform.onDatabase('token list', 'reading', given, ({ databases }) => listTokens(databases, user, now)),
  )
  command(tokens, 'revoke <token-id>', 'Revoke an API token').action((id: string, given: CommonOptions) =>
    perform.onDatabase('token revoke', 'writing', given, ({ databases }) => revokeToken(databases, id, now)),
  )
}
