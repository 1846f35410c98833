import type { TokenCase } from '../support/craft.ts'

/** RFC 8725 §3.8 and §3.9: issuer and audience are compared character by character. RFC 7800: bound tokens. */

const spellings: readonly [string, (iss: string) => string][] = [
  ['without the last slash', iss => iss.slice(0, -1)],
  ['with two slashes', iss => `${iss}/`],
  ['with a path', iss => `${iss}tenant`],
  ['with a query', iss => `${iss}?`],
  ['with a fragment', iss => `${iss}#`],
  ['in upper case', iss => iss.toUpperCase()],
  ['over https', iss => iss.replace('http:', 'https:')],
  ['with a scheme in upper case', iss => iss.replace('http', 'HTTP')],
  ['under another name of the host', iss => iss.replace('127.0.0.1', 'localhost')],
  ['under another spelling of the address', iss => iss.replace('127.0.0.1', '127.1')],
  ['on another port', iss => iss.replace(/:\d+/, ':1')],
  ['of another tenant', () => 'https://other-tenant.eu.auth0.com/'],
  ['as a part of another one', iss => `https://evil.example/?${iss}`],
  ['with a user part', iss => iss.replace('//', '//issuer@')],
  ['as the start of another host', iss => `${iss.slice(0, -1)}.evil.example/`],
  ['with a blank in front', iss => ` ${iss}`],
  ['with a blank behind', iss => `${iss} `],
  ['with a NUL behind', iss => `${iss}\0`],
  ['with a tab in it', iss => iss.replace('//', '/\t/')],
  ['with a full-width slash', iss => iss.replace('//', '//\uff0f')],
  ['a property that every object has', () => '__proto__'],
]

const noIssuers = [undefined, null, '', 1, true, {}, ['https://issuer.example/']]

export const issuerCases: readonly TokenCase[] = [
  ...spellings.map(
    ([how, change]): TokenCase => ({
      name: `iss ${how}`,
      claims: ({ issuer }) => ({ iss: change(issuer.issuer) }),
      expect: 'A0U_TOKEN_ISSUER',
    }),
  ),
  ...noIssuers.map(
    (iss): TokenCase => ({
      name: `iss ${JSON.stringify(iss) ?? 'missing'}`,
      claims: { iss },
      expect: 'A0U_TOKEN_CLAIMS',
    }),
  ),
  {
    name: 'the right iss in a list',
    claims: ({ issuer }) => ({ iss: [issuer.issuer] }),
    expect: 'A0U_TOKEN_CLAIMS',
  },
]

const api = 'https://api.example.test'

const accepted: readonly [string, unknown][] = [
  ['as a list of one', [api]],
  ['first of two', [api, 'https://tenant.example/userinfo']],
  ['last of a hundred', [...Array.from({ length: 99 }, (_, i) => `https://api${i}.example`), api]],
  ['beside an empty one', ['', api]],
]

const foreign: readonly [string, unknown][] = [
  ['with a slash behind', `${api}/`],
  ['without its last character', api.slice(0, -1)],
  ['without its scheme', 'api.example.test'],
  ['in upper case', api.toUpperCase()],
  ['with a blank', ` ${api}`],
  ['with a NUL', `${api}\0`],
  ['as a part', `https://evil.example/?${api}`],
  ['as the start', `${api}.evil.example`],
  ['of the userinfo endpoint only', 'https://tenant.example/userinfo'],
  ['of a client (an ID token)', 'b4rZ6mvfyTnQ7kXo1dGq0sJw3LhPuVcE'],
  ['in a text with blanks, as scopes are', `${api} https://other.example`],
  ['in a text with commas', `${api},https://other.example`],
  ['as JSON text', JSON.stringify([api])],
  ['a wildcard', '*'],
  ['a regular expression', 'https://.*'],
  ['empty', ''],
  ['a list of others', ['https://a.example', 'https://b.example']],
  ['a list of an empty one', ['']],
]

const unusable: readonly [string, unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['a number', 1],
  ['true', true],
  ['an object', { [api]: true }],
  ['an object that looks like a list', { 0: api, length: 1 }],
  ['an empty list', []],
  ['a list in a list', [[api]]],
  ['a list with a number', [api, 1]],
  ['a list with null', [api, null]],
  ['a list with an object', [{ aud: api }, api]],
]

function audiences(rows: readonly [string, unknown][], expect: TokenCase['expect']): TokenCase[] {
  return rows.map(([name, aud]) => ({ name: `aud ${name}`, claims: { aud }, expect }))
}

export const audienceCases: readonly TokenCase[] = [
  ...audiences(accepted, 'accepted'),
  ...audiences(foreign, 'A0U_TOKEN_AUDIENCE'),
  ...audiences(unusable, 'A0U_TOKEN_CLAIMS'),
]

/** A token that is bound to a key is worth nothing without proof of it. */
const bindings: readonly [string, object][] = [
  ['the thumbprint of a key', { jkt: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' }],
  ['a certificate', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
  ['an embedded key', { jwk: { kty: 'oct', k: 'AAAA' } }],
  ['a kid', { kid: 'any' }],
]

const noBindings = [null, 'jkt', 1, [], { jkt: '' }, { jkt: 1 }, { jkt: null }, { jkt: ['x'] }]

export const boundCases: readonly TokenCase[] = [
  ...bindings.map(
    ([what, cnf]): TokenCase => ({ name: `cnf with ${what} as Bearer`, claims: { cnf }, expect: 'A0U_TOKEN_BOUND' }),
  ),
  ...noBindings.map(
    (cnf): TokenCase => ({ name: `cnf ${JSON.stringify(cnf)}`, claims: { cnf }, expect: 'A0U_TOKEN_CLAIMS' }),
  ),
]
