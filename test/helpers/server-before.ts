// tap's `before`: one database server for the whole run.
import { startServer, stopServers, writeState } from './server-state.ts'

await stopServers()
writeState(await startServer({ outlive: true }))
