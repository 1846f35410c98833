import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { makePublic } from '../public-routes.ts'
import { pageFor } from './page-paths.ts'
import { pageHeaders } from './security-headers.ts'

/** Where the build puts the pages (vite.config.mjs). */
const folder = join(import.meta.dirname, '../pages')

export interface PagesOptions {
  /** URL of the identity provider, as in `iss`. */
  readonly authDomain: string
}

/**
 * The front ends: `/static/…` for good, since those names hold a hash of the content, and the HTML
 * for whatever no route has and a browser asks for. Public, because they hold no data.
 */
export const pages: FastifyPluginAsync<PagesOptions> = async (app, { authDomain }) => {
  if (!existsSync(join(folder, 'store/index.html'))) {
    app.log.warn('the pages are not built (npm run build), so there are none')
    return
  }
  makePublic(app)
  await app.register(fastifyStatic, {
    root: join(folder, 'static'),
    prefix: '/static/',
    schemaHide: true,
    index: false,
    maxAge: '365d',
    immutable: true,
    preCompressed: true,
    setHeaders: reply => void reply.header('x-content-type-options', 'nosniff'),
  })
  app.get('/icon.svg', { schema: { hide: true } }, (_request, reply) =>
    reply.sendFile('icon.svg', folder, { maxAge: '1d', immutable: false }),
  )
  const headers = pageHeaders(authDomain)
  app.setNotFoundHandler((request, reply) => {
    const page = pageFor(pathOf(request))
    if (page === undefined || !wantsPage(request, page.status)) return sendNotFound(request, reply)
    return reply.code(page.status).headers(headers).sendFile(page.file, folder, { cacheControl: false })
  })
}

/** A page is served to every client, curl included; the page "not found" to browsers only. */
function wantsPage({ method, headers: { accept = '*/*' } }: FastifyRequest, status: number): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return accept.includes('text/html') || (status === 200 && accept.includes('*/*'))
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

/** As Fastify responds by itself. */
function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = `Route ${request.method}:${request.url} not found`
  return reply.code(404).send({ message, error: 'Not Found', statusCode: 404 })
}
