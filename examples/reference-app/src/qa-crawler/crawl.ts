import { isAllowed } from './targets.ts'

export interface CrawlOptions {
  /** `host:port` of what may be visited. */
  readonly hosts: readonly string[]
  /** Pages read at the most [25]. */
  readonly maxPages?: number
}

export interface CrawlResult {
  readonly pages: number
  readonly broken: number
  /** Whether the first page answered. */
  readonly reached: boolean
}

/** Milliseconds that one page may take. */
const timeout = 5000
const maxBytes = 1024 * 1024
const maxRedirects = 5

/**
 * Reads pages of one host, from the start page along its links, and counts links that lead nowhere. Every
 * address is checked before it is asked for, those of redirects too; other hosts are never visited.
 */
export async function crawl(start: string, { hosts, maxPages = 25 }: CrawlOptions): Promise<CrawlResult> {
  const { host } = new URL(start)
  const waiting = [withoutHash(new URL(start))]
  const known = new Set(waiting)
  let pages = 0
  let broken = 0
  let reached = false
  for (let address = waiting.shift(); address !== undefined && pages < maxPages; address = waiting.shift()) {
    const page = await read(address, hosts)
    pages += 1
    if (page === undefined) {
      broken += 1
      continue
    }
    reached ||= pages === 1
    for (const link of linksOf(page)) {
      if (known.has(link) || new URL(link).host !== host || known.size >= 500) continue
      known.add(link)
      waiting.push(link)
    }
  }
  return { pages, broken, reached }
}

interface PageRead {
  readonly url: string
  readonly html: string
}

/** Undefined when it does not answer, or not with success. */
async function read(address: string, hosts: readonly string[], redirects = 0): Promise<PageRead | undefined> {
  if (!isAllowed(address, hosts) || redirects > maxRedirects) return undefined
  try {
    const headers = { accept: 'text/html' }
    const response = await fetch(address, { redirect: 'manual', headers, signal: AbortSignal.timeout(timeout) })
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null && URL.canParse(location, address)) {
      await response.body?.cancel()
      return await read(new URL(location, address).href, hosts, redirects + 1)
    }
    return await readBody(response, address)
  } catch {
    return undefined // refused, cut or too slow: a broken link
  }
}

async function readBody(response: Response, url: string): Promise<PageRead | undefined> {
  const isHtml = response.headers.get('content-type')?.includes('text/html') === true
  if (!response.ok || !isHtml) {
    await response.body?.cancel()
    return response.ok ? { url, html: '' } : undefined
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > maxBytes) break
  }
  return { url, html: Buffer.concat(chunks).toString('utf8') }
}

/** With bounds, so that no page makes the expression take longer than its length. */
const anchor = /<a\s[^>]{0,1000}?href=["']([^"'#]{1,2000})(?=["'#])/gi

function linksOf({ url, html }: PageRead): string[] {
  const found = [...html.matchAll(anchor)].map(([, href = '']) => href.replaceAll('&amp;', '&'))
  return found.filter(href => URL.canParse(href, url)).map(href => withoutHash(new URL(href, url)))
}

function withoutHash(url: URL): string {
  const bare = new URL(url)
  bare.hash = ''
  return bare.href
}
