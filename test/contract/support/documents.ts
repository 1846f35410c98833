// Reads the Markdown of README and docs.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export const repository = join(import.meta.dirname, '../../..')

/** A page by its path relative to the repository. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** The pages at the root, those of the package and all of docs. */
export function readPages(): Page[] {
  const top = readdirSync(repository).filter(name => name.endsWith('.md'))
  const inDocs = readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
  const docs = inDocs.filter(name => name.endsWith('.md')).map(name => join('docs', name))
  return [...top, ...docs, 'packages/fastify-auth0-users/README.md'].map(readPage)
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(repository, path), 'utf8') }
}

/** The fenced blocks of a language, with nothing behind its name or with this word. */
export function codeBlocks({ text }: Page, language: string, word = ''): string[] {
  return [...text.matchAll(/^```(\w*) ?(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, mark, code = '']) =>
    name === language && mark === word ? [code] : [],
  )
}

/** What stands in backquotes in the first cell of each row of each table. */
export function firstCells({ text }: Page): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = '']) => cell)
}

/** Links to files that are not there, or to headings that the target lacks, as sentences. */
export function deadLinks(page: Page): string[] {
  const links = [...withoutCode(page.text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter(link => !/^[a-z]+:/.test(link)).flatMap(link => deadLink(page, link))
}

function deadLink(page: Page, link: string): string[] {
  const [file = '', heading] = link.split('#')
  if (file === '') return headings(page).includes(heading ?? '') ? [] : [`${page.path}: there is no heading ${link}`]
  const target = relative(repository, join(repository, dirname(page.path), file))
  if (target.startsWith('..') || !existsSync(join(repository, target))) return [`${page.path}: ${link} leads nowhere`]
  if (heading === undefined || headings(readPage(target)).includes(heading)) return []
  return [`${page.path}: ${link} names a heading that is not there`]
}

/** Headings as the code host turns them into anchors. */
function headings({ text }: Page): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '')
}
