// Stops with a clear sentence on a Node.js that is too old. Imported first by every script, for its effect.
import process from 'node:process'

const wanted = [20, 19]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(
    `Node.js ${wanted.join('.')} or newer is needed; this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer one from https://nodejs.org, or with a version manager: nvm install',
  )
  process.exit(1)
}
