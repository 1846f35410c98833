// tap's `after`: runs whether or not tests failed.
import { stopServers } from './server-state.ts'

await stopServers()
