import t from 'tap'
import { build } from '../../helpers/app.ts'

const path = '/.well-known/oauth-protected-resource'

t.test('the metadata document says where tokens for this API come from, and challenges name it', async t => {
  const resourceMetadata = {
    resource: 'https://api.example.com',
    name: 'Assets',
    documentation: 'https://docs.example.com',
  }
  const { app, issuer } = await build(t, { plugin: { resourceMetadata }, routes: app => app.get('/in', () => 'in') })
  const answer = await app.inject(path)
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'public, max-age=3600')
  t.strictSame(answer.json(), {
    resource: 'https://api.example.com',
    authorization_servers: [issuer.issuer],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    dpop_bound_access_tokens_required: false,
    resource_name: 'Assets',
    resource_documentation: 'https://docs.example.com',
  })
  const refused = await app.inject('/in')
  t.match(refused.headers['www-authenticate'], `resource_metadata="https://api.example.com${path}"`)
  t.match(app.auth0Users.publicRoutes(), [{ url: path }])
})

t.test('the path of the resource follows the well-known one, and DPoP is told as it is set', async t => {
  const resource = 'https://example.com/v1'
  const off = await build(t, { plugin: { resourceMetadata: { resource }, dpop: 'off' } })
  const document = (await off.app.inject(`${path}/v1`)).json()
  t.equal(document.resource, resource)
  t.notOk('dpop_signing_alg_values_supported' in document)
  const required = await build(t, { plugin: { resourceMetadata: { resource }, dpop: 'require' } })
  t.equal((await required.app.inject(`${path}/v1`)).json().dpop_bound_access_tokens_required, true)
})

t.test('it is not published unless asked for', async t => {
  const { app } = await build(t)
  t.equal((await app.inject(path)).statusCode, 404)
})

t.test('an unusable resource is a fault of the options', async t => {
  for (const resource of [
    'api.example.com',
    'http://api.example.com',
    'https://api.example.com/#x',
    'ftp://localhost',
  ]) {
    await t.rejects(build(t, { plugin: { resourceMetadata: { resource } } }), { code: 'A0U_OPTIONS_INVALID' }, resource)
  }
})
