import type { KeyMaker, LocalKey } from './keys.ts'
import { emptySigner, hmacSigner, rsaSigner, type Signer, type SignWith } from './token.ts'

/** What happens to the earlier keys, and to the new one, at a rotation. */
export interface Rotation {
  /** Earlier keys stay published [true]. */
  readonly keepOld?: boolean
  /** The new key is published at once [true]. */
  readonly publish?: boolean
}

/** The keys of one issuer: one signs, some are published. */
export interface IssuerKeys {
  current(): LocalKey
  rotate(rotation?: Rotation): Promise<LocalKey>
  retire(kid: string): void
  publish(kid: string): void
  keySet(): { readonly keys: readonly object[] }
  /** Header parameters and signature of a token. */
  signing(signWith: SignWith): Promise<{ header: Record<string, string>; signer: Signer }>
}

interface State {
  current: LocalKey
  /** By `kid`; every key that ever was. */
  readonly all: Map<string, LocalKey>
  readonly published: Set<string>
  readonly makeKey: KeyMaker
  /** Never published; made when it is first needed. */
  other: Promise<LocalKey> | null
}

export async function issuerKeys(makeKey: KeyMaker): Promise<IssuerKeys> {
  const first = await makeKey()
  const state: State = {
    current: first,
    all: new Map([[first.kid, first]]),
    published: new Set([first.kid]),
    makeKey,
    other: null,
  }
  return {
    current: () => state.current,
    rotate: rotation => rotate(state, rotation),
    retire: kid => void state.published.delete(find(state, kid).kid),
    publish: kid => void state.published.add(find(state, kid).kid),
    keySet: () => ({ keys: [...state.published].map(kid => find(state, kid).jwk) }),
    signing: signWith => signing(state, signWith),
  }
}

async function rotate(state: State, { keepOld = true, publish = true }: Rotation = {}): Promise<LocalKey> {
  const key = await state.makeKey()
  state.all.set(key.kid, key)
  state.current = key
  if (!keepOld) state.published.clear()
  if (publish) state.published.add(key.kid)
  return key
}

function find({ all }: State, kid: string): LocalKey {
  const key = all.get(kid)
  if (key === undefined) throw new Error(`The local issuer never had a key with the kid ${JSON.stringify(kid)}`)
  return key
}

async function signing(state: State, signWith: SignWith): Promise<{ header: Record<string, string>; signer: Signer }> {
  const { alg, kid, signer } = await chooseSigner(state, signWith)
  return { header: { alg, typ: 'JWT', kid }, signer }
}

interface Choice {
  readonly alg: 'RS256' | 'HS256'
  readonly kid: string
  readonly signer: Signer
}

async function chooseSigner(state: State, signWith: SignWith): Promise<Choice> {
  const { kid, privateKey, publicKey } = state.current
  if (typeof signWith === 'function') return { alg: 'RS256', kid, signer: signWith }
  if (signWith === 'current-key') return { alg: 'RS256', kid, signer: rsaSigner(privateKey) }
  if (signWith === 'nothing') return { alg: 'RS256', kid, signer: emptySigner }
  if (signWith === 'other-key') return { alg: 'RS256', kid, signer: rsaSigner((await otherKey(state)).privateKey) }
  if (signWith === 'public-key-as-secret') {
    return { alg: 'HS256', kid, signer: hmacSigner(publicKey.export({ type: 'spki', format: 'pem' })) }
  }
  if ('secret' in signWith) return { alg: 'HS256', kid, signer: hmacSigner(signWith.secret) }
  const earlier = find(state, signWith.kid)
  return { alg: 'RS256', kid: earlier.kid, signer: rsaSigner(earlier.privateKey) }
}

function otherKey(state: State): Promise<LocalKey> {
  state.other ??= state.makeKey()
  return state.other
}
