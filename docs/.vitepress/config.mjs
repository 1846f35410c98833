// The site of `npm run docs`: the pages of this folder, README and the others at the root, and the API reference.

/** The order of the pages, by path without ending. */
const sections = {
  Start: {
    'docs/index': 'Overview',
    'docs/getting-started': 'Getting started',
    'docs/concepts': 'Concepts',
    'docs/auth0-setup': 'Auth0, step by step',
    'docs/testing': 'Testing your app',
  },
  Using: {
    'docs/options': 'Options',
    'docs/hooks': 'Hooks cookbook',
    'docs/users': 'People',
    'docs/profile': 'Profile',
    'docs/browser': 'Registration in a browser',
    'docs/permissions': 'Permissions',
    'docs/organizations': 'Organizations',
    'docs/invitations': 'Invitations',
    'docs/row-level-security': 'Row-level security',
    'docs/step-up': 'Step-up',
    'docs/delegation': 'Who acts for a user',
    'docs/methods': 'Ways to sign in',
    'docs/privacy': 'Privacy',
    'docs/admin': 'Routes for staff',
    'docs/auth0-events': 'What Auth0 pushes',
    'docs/outbox': 'Outbox',
    'docs/cli': 'Command line',
    'docs/errors': 'Errors',
    'docs/api': 'API',
  },
  Running: {
    'docs/database': 'Database',
    'docs/operations': 'Operations',
    'docs/telemetry': 'Telemetry',
    'docs/performance': 'Performance',
    'docs/security-model': 'Security model',
    SECURITY: 'Threat model',
  },
  'Coming from': {
    'docs/coming-from/index': 'Overview',
    'docs/coming-from/django': 'Django',
    'docs/coming-from/fastify-jwt-jwks': 'fastify-jwt-jwks',
    'docs/coming-from/auth0-fastify-api': '@auth0/auth0-fastify-api',
    'docs/coming-from/express-oauth2-jwt-bearer': 'express-oauth2-jwt-bearer',
  },
  Inside: {
    'docs/architecture': 'Architecture',
    'docs/decisions/index': 'Decisions',
    CONTRIBUTING: 'Contributing',
    CHANGELOG: 'Changelog',
  },
}

/** Headings as the code host turns them into anchors, so that links work in both places. */
function slugify(title) {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-')
}

/** Set by scripts/docs.mjs: a page that is not written yet is left out. */
const pages = new Set((process.env.SITE_PAGES ?? '').split(','))

const sidebar = Object.entries(sections).map(([text, links]) => ({
  text,
  items: Object.entries(links).flatMap(([path, name]) =>
    pages.has(`${path}.md`) ? [{ text: name, link: `/${path.replace(/index$/, '')}` }] : [],
  ),
}))

// biome-ignore lint/style/noDefaultExport: VitePress reads the default
export default {
  title: 'fastify-auth0-users',
  description: 'Auth0 access tokens in; your own users, profiles and permissions out of your own PostgreSQL',
  lang: 'en',
  base: process.env.SITE_BASE ?? '/',
  markdown: { anchor: { slugify } },
  themeConfig: {
    nav: [
      { text: 'Getting started', link: '/docs/getting-started' },
      { text: 'Options', link: '/docs/options' },
      { text: 'Errors', link: '/docs/errors' },
      { text: 'API', link: '/api/index.html', target: '_self' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
  },
}
