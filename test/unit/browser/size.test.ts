import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import t from 'tap'
import ts from 'typescript'

const folder = join(import.meta.dirname, '../../../packages/fastify-auth0-users/dist/browser')
const files = readdirSync(folder).filter(name => name.endsWith('.js'))
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

t.test('a page that uses all of the module gets less than 2 kB of it, minified', async t => {
  const entryPoints = [join(folder, 'index.js')]
  const { outputFiles } = await build({ entryPoints, bundle: true, minify: true, format: 'esm', write: false })
  const size = outputFiles[0]?.contents.length ?? 0
  t.ok(size > 1000, 'the module was found')
  t.ok(size <= 2000, `${size} bytes`)
})

t.test('nothing of Node is imported, and no package', async t => {
  for (const name of files) {
    const imports = ts.preProcessFile(read(name)).importedFiles.map(({ fileName }) => fileName)
    t.ok(
      imports.every(path => path.startsWith('./')),
      `${name}: ${imports}`,
    )
    t.notMatch(read(name), /\b(process|Buffer|require|global)\b[.(]/)
  }
})
