import { brotliDecompressSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { storeApp } from './store-app.ts'

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

t.test('the pages of store and administration answer their paths, and others with a page that says 404', async t => {
  const { app } = await storeApp(t, [])
  const get = (url: string, headers: InjectOptions['headers'] = html) => app.inject({ url, headers: headers ?? {} })
  for (const url of ['/', '/register', '/sign-in', '/callback?code=1', '/assets/1', '/account', '/licences/']) {
    const page = await get(url)
    t.match(page, { statusCode: 200, headers: { 'content-type': /^text\/html/ } }, url)
    t.match(page.body, '/static/store-')
  }
  for (const url of ['/admin', '/admin/', '/admin/users/1']) {
    const page = await get(url)
    t.equal(page.statusCode, 200, url)
    t.match(page.body, '/static/admin-')
  }
  const unknown = await get('/nowhere/at/all')
  t.match(unknown, { statusCode: 404, headers: { 'content-type': /^text\/html/ } })
  t.match(unknown.body, '/static/store-')
  t.equal((await app.inject({ method: 'HEAD', url: '/', headers: html })).statusCode, 200)
  for (const headers of [{}, { accept: '*/*' }]) {
    t.match(await app.inject({ url: '/', headers }), { statusCode: 200, headers: { 'content-type': /^text\/html/ } })
  }
  t.equal((await app.inject({ url: '/', headers: { accept: 'application/json' } })).statusCode, 404)
})

t.test('what is no page is never answered with one', async t => {
  const { app } = await storeApp(t, [])
  const json = { message: /^Route (GET|POST):/, error: 'Not Found', statusCode: 404 }
  for (const url of ['/api/v1/nowhere', '/metrics/x', '/healthz/x', '/readyz/x', '/static/gone.js', '/.well-known/x']) {
    const answer = await app.inject({ url, headers: html })
    t.equal(answer.statusCode, 404, url)
    t.match(answer.json(), json, url)
  }
  t.match((await app.inject({ url: '/nowhere', headers: { accept: 'application/json' } })).json(), json)
  t.match((await app.inject({ url: '/nowhere' })).json(), json, 'nor for whoever does not ask for HTML')
  t.match((await app.inject({ method: 'POST', url: '/register', headers: html })).json(), json)
})

t.test('a page may load its own files and talk to the identity provider, and nothing else', async t => {
  const { app } = await storeApp(t, [])
  const { headers, body } = await app.inject({ url: '/', headers: html })
  const policy = String(headers['content-security-policy'])
  t.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /)
  t.match(policy, /connect-src 'self' https?:\/\/[^\s;]+; frame-src https?:\/\/[^\s;]+;/)
  t.notMatch(policy, /unsafe|\*/)
  t.match(headers, { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', etag: /./ })
  t.notMatch(
    body,
    /<script(?![^>]*\bsrc=")|\son\w+=|\sstyle=|(?:src|href)="(?:https?:)?\/\//,
    'nothing inline or foreign',
  )

  const again = await app.inject({ url: '/', headers: { ...html, 'if-none-match': String(headers['etag']) } })
  t.equal(again.statusCode, 304)
  const admin = await app.inject({ url: '/admin', headers: html })
  const files = [...(body + admin.body).matchAll(/"(\/static\/[^"]+)"/g)].map(([, path]) => path ?? '')
  t.ok(files.length >= 4, 'a script and a style sheet each at the least')
  for (const path of files) {
    const file = await app.inject({ url: path })
    t.match(file, { statusCode: 200, headers: { 'cache-control': 'public, max-age=31536000, immutable' } }, path)
    const packed = await app.inject({ url: path, headers: { 'accept-encoding': 'gzip, br' } })
    t.match(packed.headers, { 'content-encoding': 'br', 'content-type': file.headers['content-type'] })
    t.equal(brotliDecompressSync(packed.rawPayload).compare(file.rawPayload), 0)
  }
  t.match(await app.inject({ url: '/icon.svg' }), { statusCode: 200, headers: { 'content-type': 'image/svg+xml' } })
})
