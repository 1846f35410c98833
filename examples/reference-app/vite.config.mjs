// How the pages are built: two of them, into dist/pages, from where the app serves them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig } from 'vite'

const web = join(import.meta.dirname, 'web')
const outDir = join(import.meta.dirname, 'dist/pages')

/** Scripts and styles in compressed form beside the plain one, for whoever accepts it. */
const compress = {
  name: 'compress',
  apply: (_config, { mode }) => mode === 'production',
  // Not before they are written: until then Vite itself still changes them.
  writeBundle({ dir }, bundle) {
    for (const [fileName, file] of Object.entries(bundle)) {
      if (!/\.(js|css)$/.test(fileName)) continue
      const content = file.type === 'chunk' ? file.code : file.source
      writeFileSync(join(dir, `${fileName}.br`), brotliCompressSync(content))
      writeFileSync(join(dir, `${fileName}.gz`), gzipSync(content))
    }
  },
}

export default defineConfig(({ mode }) => ({
  root: web,
  publicDir: join(web, 'public'),
  // Not `assets`: that is a page of the store.
  build: {
    outDir,
    assetsDir: 'static',
    // The old files stay while a build watches, for pages that are still open.
    emptyOutDir: mode !== 'development',
    // Nothing inline: the Content-Security-Policy allows no data: fonts, styles or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: 'es2022',
    rolldownOptions: { input: { store: join(web, 'store/index.html'), admin: join(web, 'admin/index.html') } },
  },
  plugins: [compress],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  logLevel: 'warn',
  clearScreen: false,
}))
