import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { readConfig } from '#app/config.js'

const folder = resolve(import.meta.dirname, '../../examples/reference-app')
const file = join(folder, 'docker-compose.yml')
const text = readFileSync(file, 'utf8')

interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string }
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly profiles?: readonly string[]
  readonly healthcheck?: unknown
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const compose = parse(text) as Compose
const services = Object.entries(compose.services)

/** What the Compose specification knows at the top, and of it what is used here of a service. */
const topLevel = ['name', 'services', 'networks', 'volumes', 'configs', 'secrets', 'include', 'models']
const ofService = [
  ...['image', 'build', 'environment', 'env_file', 'ports', 'volumes', 'depends_on', 'profiles', 'healthcheck'],
  ...[
    'restart',
    'network_mode',
    'networks',
    'init',
    'command',
    'entrypoint',
    'stop_grace_period',
    'stop_signal',
    'user',
  ],
]

/** The command that reads the file as it will be read; undefined where none is installed. */
function composeCommand(): readonly string[] | undefined {
  const candidates = [['docker', 'compose'], ['docker-compose']]
  return candidates.find(([name = '', ...args]) => spawnSync(name, [...args, 'version']).status === 0)
}

t.test('the Compose command accepts the file', async t => {
  const command = composeCommand()
  if (command === undefined) {
    t.comment('neither docker compose nor docker-compose is installed: the rules below are what checks the file')
    return
  }
  const [name = '', ...args] = command
  const { status, stderr } = spawnSync(name, [...args, '-f', file, '--profile', 'test', 'config', '--quiet'], {
    encoding: 'utf8',
  })
  t.equal(status, 0, stderr)
})

t.test('the file keeps the rules of the Compose specification', async t => {
  t.strictSame(
    Object.keys(compose).filter(key => !topLevel.includes(key)),
    [],
  )
  for (const [name, service] of services) {
    t.match(name, /^[a-zA-Z0-9._-]+$/)
    t.strictSame(
      Object.keys(service).filter(key => !ofService.includes(key)),
      [],
      name,
    )
    t.ok(service.image !== undefined || service.build !== undefined, `${name} has an image or a build`)
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      t.ok(compose.services[other], `${name} depends on a service that is there`)
      t.match(condition, /^service_(started|healthy|completed_successfully)$/)
      if (condition === 'service_healthy') t.ok(compose.services[other]?.healthcheck, `${other} tells its health`)
    }
    for (const value of Object.values(service.environment ?? {})) t.type(value, 'string', `${name}: quoted`)
  }
})

t.test('what the file names is there: volumes, files, stages of the build', async t => {
  for (const [name, service] of services) {
    for (const volume of service.volumes ?? []) {
      const [source = '', target = ''] = volume.split(':')
      t.match(target, /^\//)
      if (source.startsWith('.')) t.ok(existsSync(join(folder, source)), `${name}: ${source}`)
      else t.ok(source in compose.volumes, `${name}: ${source}`)
    }
    const { build } = service
    if (build === undefined) continue
    const dockerfile = join(folder, build.context, build.dockerfile)
    t.match(readFileSync(dockerfile, 'utf8'), new RegExp(`^FROM .* AS ${build.target}$`, 'm'), `${name}: the stage`)
  }
  const { image } = compose.services['postgres'] ?? {}
  t.match(image, /^postgres:\d+$/)
})

t.test('the build copies what there is, and starts what there is', async t => {
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8')
  const root = resolve(folder, '../..')
  for (const [, sources = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const source of sources.split(' ')) t.ok(existsSync(join(root, source)), source)
  }
  const workspaces = [...dockerfile.matchAll(/^COPY (\S+)\/package\.json /gm)].map(([, name]) => name)
  t.strictSame(workspaces.sort(), ['bench', 'examples/reference-app', 'packages/fastify-auth0-users'])
  t.match(
    dockerfile,
    /USER node[\s\S]*CMD \["node", "--enable-source-maps", "examples\/reference-app\/dist\/main.js"\]/,
  )
})

t.test('the app understands its variables, and nothing listens beyond this machine', async t => {
  const { environment = {} } = compose.services['app'] ?? {}
  const values = Object.entries(environment).map(([name, value]) => [name, fill(value)])
  const config = readConfig(Object.fromEntries(values) as Record<string, string>)
  t.match(config, {
    host: '127.0.0.1',
    workers: 2,
    demoData: true,
    auth: { mode: 'stand-in' },
    databases: { default: { mode: 'given' }, qa_crawler: { mode: 'given' }, platform_replica: { keptBy: 'app' } },
  })
  const example = readFileSync(join(folder, '.env.example'), 'utf8')
  for (const name of Object.keys(environment)) t.match(example, new RegExp(`^${name}=`, 'm'), `${name} is explained`)
  for (const [name, { ports = [] }] of services) for (const port of ports) t.match(port, /^127\.0\.0\.1:/, name)
  const created = readFileSync(join(folder, 'docker/databases.sql'), 'utf8')
  for (const name of ['qa_crawler', 'platform_replica']) {
    t.match(created, `create database ${name};`)
    t.match(JSON.stringify(config.databases), `/${name}"`)
  }
})

/** `${NAME:-default}` as Compose fills it without any variable set. */
function fill(value: string): string {
  return value.replace(/\$\{\w+:-([^}]*)\}/g, '$1')
}
