// Imported first by the contender without batching: puts a loader that asks at once in place of the plugin's.
import { register } from 'node:module'

const loader = new URL('unbatched-loader.mjs', import.meta.url).href
const hooks = `export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context)
  return resolved.url.endsWith('/dist/users/loader.js') ? { ...resolved, url: ${JSON.stringify(loader)} } : resolved
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
