import { Type } from '@sinclair/typebox'
import t from 'tap'
import { modelPermissions } from '#plugin/index.js'
import { build } from '../helpers/app.ts'

t.test('S7: an API token with `scopes: []` can do nothing (A0U_PERMISSION_DENIED)', async t => {
  const { app, bearer } = await build(t, {
    plugin: {
      permissions: modelPermissions('store.asset'),
      profile: { schema: Type.Object({}) },
      methods: { token: { routes: true } },
    },
    routes: app => {
      app.get('/me', request => ({ id: request.getUser().id }))
      app.get('/open', { config: { auth: false } }, () => ({ open: true }))
    },
  })
  const authorization = await bearer({ sub: 'auth0|ann', email: 'ann@x.test' })
  const made = async (scopes: readonly string[] | undefined): Promise<string> => {
    const payload = { name: 'robot', ...(scopes && { scopes }) }
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/accounts/tokens/',
      headers: { authorization },
      payload,
    })
    t.equal(response.statusCode, 201)
    return response.json().text
  }
  const [nothing, some, all] = [await made([]), await made(['store.view_asset']), await made(undefined)]
  const profile = '/api/v1/accounts/users/profile/'
  const attempts = [
    ['GET', '/me'],
    ['GET', profile],
    ['PUT', profile],
    ['PATCH', profile],
    ['GET', `${profile}export/`],
    ['DELETE', profile],
  ] as const
  for (const [method, url] of attempts) {
    const payload = method === 'PUT' || method === 'PATCH' ? { first_name: 'Mallory' } : undefined
    const response = await app.inject({
      method,
      url,
      headers: { authorization: `Token ${nothing}` },
      ...(payload && { payload }),
    })
    t.match(
      { status: response.statusCode, code: response.json().code },
      { status: 403, code: 'A0U_PERMISSION_DENIED' },
      `${method} ${url}`,
    )
  }
  const get = (url: string, text: string) => app.inject({ url, headers: { authorization: `Token ${text}` } })
  t.equal((await get('/open', nothing)).statusCode, 200, 'a public route stays public')
  t.equal((await get('/me', some)).statusCode, 200)
  t.equal((await get('/me', all)).statusCode, 200)
  t.not((await app.inject({ url: profile, headers: { authorization } })).json().first_name, 'Mallory')
})
