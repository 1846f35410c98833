/** Paths below these are never pages, whatever the browser accepts. */
const notPages = ['api', 'documentation', 'healthz', 'readyz', 'metrics', 'static', '.well-known']

/** The pages that the front ends know, so that all others are answered 404 (with a page that says so). */
const knownPages = [
  /^\/$/,
  /^\/(register|sign-in|callback|complete-profile|requests|licences|account)\/?$/,
  /^\/assets\/[^/]+\/?$/,
  /^\/admin(\/|$)/,
]

/** The HTML file of a path and its status; undefined when the path is not a page. */
export function pageFor(path: string): { readonly file: string; readonly status: 200 | 404 } | undefined {
  const [, first = ''] = path.split('/')
  if (notPages.includes(first)) return undefined
  const file = first === 'admin' ? 'admin/index.html' : 'store/index.html'
  return { file, status: knownPages.some(known => known.test(path)) ? 200 : 404 }
}
