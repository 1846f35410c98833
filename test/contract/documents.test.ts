import t from 'tap'
import { catalogue } from '#plugin/errors.js'
import { compile } from './support/compile.ts'
import { codeBlocks, deadLinks, firstCells, type Page, readPage, readPages } from './support/documents.ts'
import { optionNames } from './support/option-names.ts'
import { optionRows } from './support/option-table.ts'
import { declarationsFor } from './support/peers.ts'

t.test('every error of the catalogue is documented, and no other', async t => {
  const rows = [...readPage('docs/errors.md').text.matchAll(/^\| `(A0U_\w+)` \| (\d{3}) \|/gm)]
  const documented = rows.map(([, code, status]) => [code, Number(status)])
  const declared = Object.entries(catalogue).map(([code, { status }]) => [code, status])
  t.strictSame(documented, declared, 'the same codes and statuses, in the same order')
})

t.test('every mention of an error code in the documents exists', async t => {
  for (const page of readPages()) {
    const mentioned = [...page.text.matchAll(/A0U_[A-Z_]+[A-Z]/g)].map(([code]) => code)
    t.strictSame(
      mentioned.filter(code => !Object.hasOwn(catalogue, code)),
      [],
      page.path,
    )
  }
})

t.test('the example of the README of the package is that of the project', async t => {
  const [example] = codeBlocks(readPage('README.md'), 'ts')
  t.equal(codeBlocks(readPage('packages/fastify-auth0-users/README.md'), 'ts')[0], example)
  t.ok(example !== undefined && example.split('\n').filter(line => line !== '').length <= 15, 'it is short')
})

t.test('every TypeScript block of the documents compiles against the built package', async t => {
  const blocks = readPages().flatMap(page =>
    codeBlocks(page, 'ts').map((code, n) => [`${page.path.replaceAll(/[/.]/g, '-')}-${n + 1}.ts`, code] as const),
  )
  t.ok(blocks.length >= 5, 'blocks were found')
  for (const [name, errors] of Object.entries(
    compile('documents', Object.fromEntries(blocks), { checkLibraries: true }),
  )) {
    t.strictSame(errors, [], name)
  }
})

t.test('blocks that would disturb others compile by themselves', async t => {
  for (const word of ['alone', 'before']) {
    const blocks = readPages().flatMap(page => codeBlocks(page, 'ts', word).map((code, n) => ({ page, n, code })))
    t.ok(blocks.length >= 1, `blocks marked ${word} were found`)
    for (const { page, n, code } of blocks) {
      const snippets = { 'block.ts': code, ...declarationsFor(code) }
      t.strictSame(compile(`documents-${word}`, snippets), { ...noErrors(snippets), '*': [] }, `${page.path} ${n + 1}`)
    }
  }
  t.strictSame([...new Set(readPages().flatMap(wordsOfBlocks))].sort(), ['alone', 'before'], 'no other mark is in use')
})

function noErrors(snippets: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.keys(snippets).map(name => [name, []]))
}

function wordsOfBlocks({ text }: Page): string[] {
  return [...text.matchAll(/^```ts (.+)$/gm)].map(([, words = '']) => words)
}

t.test('no relative link of the documents is dead', async t => {
  t.strictSame(readPages().flatMap(deadLinks), [])
  const broken = {
    path: 'docs/x.md',
    text: '[a](gone.md) [b](errors.md#gone) [c](errors.md#set-up) [d](#here) [e](#gone)\n# Here',
  }
  t.equal(deadLinks(broken).length, 3, 'dead ones would be found')
})

t.test('a diagram of docs is followed by the same in words', async t => {
  for (const { path, text } of readPages().filter(page => page.path.startsWith('docs/'))) {
    const diagrams = [...text.matchAll(/^```mermaid\n[\s\S]*?^```\n\n(.*)/gm)].map(([, next = '']) => next)
    t.strictSame(
      diagrams.filter(next => !next.startsWith('In words: ')),
      [],
      path,
    )
  }
})

t.test(
  'every option is documented as its schema says: name, what is allowed, default, meaning; and no other',
  async t => {
    const rows = optionRows()
    const lines = new Set(readPage('docs/options.md').text.split('\n'))
    t.strictSame(
      rows.filter(({ line }) => !lines.has(line)).map(({ line }) => line),
      [],
      'these rows are missing',
    )
    const documented = firstCells(readPage('docs/options.md')).filter(name => !/^[A-Z]/.test(name))
    t.strictSame(documented.sort(), rows.map(({ name }) => name).sort())
    const names = new Set(rows.map(({ name }) => name))
    t.strictSame(
      optionNames().filter(name => !names.has(name)),
      [],
      'every option of the type has a schema',
    )
  },
)
