import type { BackchannelLogout } from './backchannel-logout.ts'
import type { SigningKeys } from './keys.ts'
import type { Settings } from './settings.ts'
import type { State } from './state.ts'
import type { Tokens } from './tokens.ts'

/** What every route of the stand-in is given. */
export interface Context {
  readonly settings: Settings
  readonly keys: SigningKeys
  readonly state: State
  readonly tokens: Tokens
  readonly logout: BackchannelLogout
}
