// Child processes that answer one message at a time.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const children = new Set()
process.once('exit', () => {
  for (const child of children) child.kill()
})

/** @param file relative to `base`, an `import.meta.url`. */
export function startChild(file, base, execArgv = []) {
  const child = fork(fileURLToPath(new URL(file, base)), [], { execArgv })
  children.add(child)
  child.once('exit', () => children.delete(child))

  function next() {
    return new Promise((resolve, reject) => {
      const onExit = code => reject(new Error(`${file} ended with code ${code}`))
      child.once('exit', onExit)
      child.once('message', answer => {
        child.off('exit', onExit)
        if (answer.type === 'failed') reject(new Error(`${file}: ${answer.message}`))
        else resolve(answer)
      })
    })
  }

  function ask(message) {
    child.send(message)
    return next()
  }

  return { ask, next, tell: message => child.send(message), stop: () => child.disconnect(), pid: child.pid }
}
