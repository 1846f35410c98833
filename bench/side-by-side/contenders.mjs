// Who takes part. `module` is below servers/; `remembers`: whether its answers depend on the tokens seen before; `reads`:
// whether it asks the database at every request; `peer`: whether it does what other libraries are for, which is to verify
// tokens by the keys that the issuer publishes.

export const contenders = [
  { name: 'bare', title: 'bare route', module: 'bare' },
  { name: 'hook', title: 'bare route, empty hook', module: 'hook' },
  { name: 'ours-hit', title: '**ours**: user and permissions', module: 'ours', remembers: true },
  { name: 'ours-miss', title: '**ours**: every token unseen', module: 'ours', remembers: true },
  { name: 'ours-uncached', title: '**ours**: user cache off', module: 'ours', remembers: true, reads: true },
  {
    name: 'ours-unbatched',
    title: '**ours**: user cache and batching off',
    module: 'ours',
    remembers: true,
    reads: true,
  },
  { name: 'raw-verify', title: 'bare route, raw `crypto.verify`', module: 'raw-verify' },
  {
    name: 'sql',
    title: 'by hand: cached verification, one prepared SELECT',
    module: 'sql',
    remembers: true,
    reads: true,
  },
  { name: 'fast-jwt-fixed', title: 'fast-jwt, one fixed key, cache by token', module: 'fast-jwt', remembers: true },
  { name: 'fast-jwt', title: 'fast-jwt + get-jwks, cache by hash', module: 'fast-jwt', remembers: true, peer: true },
  {
    name: 'fast-jwt-raw',
    title: 'fast-jwt + get-jwks, cache by token',
    module: 'fast-jwt',
    remembers: true,
    peer: true,
  },
  { name: 'fastify-jwt', title: '@fastify/jwt + get-jwks, cache', module: 'fastify-jwt', remembers: true, peer: true },
  { name: 'fastify-jwt-jwks', title: 'fastify-jwt-jwks as published', module: 'fastify-jwt-jwks', peer: true },
  {
    name: 'fastify-jwt-jwks-cached',
    title: 'fastify-jwt-jwks, cache',
    module: 'fastify-jwt-jwks',
    remembers: true,
    peer: true,
  },
  { name: 'jose', title: 'jose, remote key set', module: 'jose', peer: true },
  { name: 'express', title: 'express-oauth2-jwt-bearer', module: 'express', peer: true },
]
