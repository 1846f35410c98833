// The documentation site builds without network, and nothing on it leads nowhere.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { readPages, repository } from './support/documents.ts'
import { runPlainly } from './support/packed.ts'

t.setTimeout(300_000)

const folder = '.data/site-of-a-test'
const built = join(repository, folder, '.vitepress/dist')

t.test('every page of docs is in the sidebar', async t => {
  const paths = readPages().map(({ path }) => path.replace(/README\.md$/, 'index.md'))
  process.env['SITE_PAGES'] = paths.join(',')
  const { default: config } = await import(join(repository, 'docs/.vitepress/config.mjs'))
  const linked = config.themeConfig.sidebar.flatMap(({ items }: { items: { link: string }[] }) =>
    items.map(({ link }) => `${link.slice(1).replace(/\/$/, '/index')}.md`),
  )
  const expected = paths.filter(path => path.startsWith('docs/') && !/decisions\/\d/.test(path))
  t.strictSame(
    expected.filter(path => !linked.includes(path)),
    [],
  )
})

t.test('the site builds, offline, and every link on it leads to something', async t => {
  t.teardown(() => rmSync(join(repository, folder), { recursive: true, force: true }))
  const env = { SITE_FOLDER: folder, http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1' }
  const { code, stdout, stderr } = await runPlainly(process.execPath, ['scripts/docs.mjs'], { cwd: repository, env })
  t.equal(code, 0, stdout + stderr)
  const pages = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.html'))
  for (const page of ['index.html', 'docs/getting-started.html', 'docs/coming-from/django.html', 'api/index.html']) {
    t.ok(pages.includes(page), page)
  }
  t.strictSame(pages.flatMap(deadLinksOf), [])
  t.ok(
    readdirSync(join(built, 'assets/chunks')).some(name => name.includes('localSearchIndex')),
    'it can be searched',
  )
  const loaded = pages.flatMap(
    page => readFileSync(join(built, page), 'utf8').match(/<(script|link|img)[^>]+https?:[^>]+>/g) ?? [],
  )
  t.strictSame(loaded, [], 'a page loads nothing from elsewhere')
})

/** Links within the site to files that were not built. */
function deadLinksOf(page: string): string[] {
  const html = readFileSync(join(built, page), 'utf8')
  const links = [...html.matchAll(/<a[^>]*\shref="([^"#?]+)[^"]*"/g)].map(([, link = '']) => link)
  return links.flatMap(link => {
    if (/^[a-z]+:/.test(link)) return []
    const path = link.startsWith('/') ? link.slice(1) : join(dirname(page), link)
    const found = ['', '.html', '/index.html', 'index.html'].some(end => isFile(join(built, `${path}${end}`)))
    return found ? [] : [`${page}: ${link}`]
  })
}

function isFile(path: string): boolean {
  return existsSync(path) && !path.endsWith('/') && /\.\w+$/.test(path)
}
