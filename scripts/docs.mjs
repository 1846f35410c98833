// `npm run docs`: builds the site of the documentation, offline, into .data/site/.vitepress/dist.
// `npm run docs -- --serve` builds it and serves it; `--pages` leaves the API reference out.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import process from 'node:process'
import { ensureInstalled } from './ensure-installed.mjs'
import { root, run, step } from './run.mjs'

const given = process.argv.slice(2)
const site = join(root, process.env.SITE_FOLDER ?? '.data/site')
const vitepress = 'node_modules/vitepress/bin/vitepress.js'

await ensureInstalled()
const pages = collect()
stage(pages)
const env = { SITE_PAGES: [...pages.keys()].map(target).join(',') }
const built =
  (await reference()) && (await step('building the site', process.execPath, [vitepress, 'build', site], { env }))
if (built) console.log(`the site is in ${join(site, '.vitepress/dist')}`)
if (built && given.includes('--serve')) await run(process.execPath, [vitepress, 'preview', site], { env })
process.exitCode = built ? 0 : 1

/** The API reference, made of the docstrings. */
async function reference() {
  if (given.includes('--pages')) return true
  const out = join(site, 'public/api')
  const typedoc = ['node_modules/typedoc/bin/typedoc', '--options', 'scripts/typedoc.json', '--out', out]
  return await step('building the API reference', process.execPath, typedoc)
}

/** Every page by its path in the repository. */
function collect() {
  const top = readdirSync(root).filter(name => name.endsWith('.md'))
  const docs = readdirSync(join(root, 'docs'), { recursive: true })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name.replaceAll('\\', '/')}`)
  const paths = [...top, ...docs, 'examples/reference-app/README.md', 'bench/README.md']
  return new Map(
    paths.filter(path => existsSync(join(root, path))).map(path => [path, readFileSync(join(root, path), 'utf8')]),
  )
}

/** Copies the pages to where VitePress reads them: the code host's README is a site's index. */
function stage(pages) {
  rmSync(site, { recursive: true, force: true })
  for (const [path, text] of pages) {
    const file = join(site, target(path))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, withLinks(path, text, pages))
  }
  cpSync(join(root, 'docs/.vitepress/config.mjs'), join(site, '.vitepress/config.mjs'))
}

function target(path) {
  return path.replace(/(^|\/)README\.md$/, '$1index.md')
}

/** Links to other pages follow them; a link to a file that is no page becomes its text. Code stays as it is. */
function withLinks(path, text, pages) {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map(part => (part.startsWith('```') ? part : part.replaceAll(/\[([^\]]*)\]\(([^)\s]+)\)/g, relink)))
    .join('')

  function relink(whole, label, link) {
    if (/^([a-z]+:|#)/.test(link)) return whole
    const [file, heading] = link.split('#')
    const known = pages.has(normalize(join(dirname(path), file)).replaceAll('\\', '/'))
    return known ? `[${label}](${target(file)}${heading === undefined ? '' : `#${heading}`})` : label
  }
}
