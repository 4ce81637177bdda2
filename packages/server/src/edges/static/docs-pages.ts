import { createHash } from 'node:crypto'

import { errorRegistry } from '@mllab/contract'
import type { FastifyInstance } from 'fastify'

import { escapeHtml } from '../apps/html.ts'

const STYLE = `
:root { color-scheme: light dark; font: 14px/20px system-ui, sans-serif }
body { max-width: 640px; margin: 0 auto; padding: 24px; background: Canvas; color: CanvasText }
h1 { font-size: 20px; line-height: 28px }
h2 { font-size: 14px; margin: 0 }
section { margin: 0 -12px; padding: 12px; border-top: 1px solid color-mix(in srgb, CanvasText 15%, Canvas) }
section:target { background: color-mix(in srgb, CanvasText 8%, Canvas); border-radius: 6px }
p { margin: 4px 0 0 }
code, var { font: 13px ui-monospace, monospace }
h2 code { float: right; font-weight: normal }
var { font-style: italic }
h2 a { color: inherit; text-decoration: none }
h2 a:hover { text-decoration: underline }
header a { color: LinkText }`

/** The page has no script and loads nothing. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

/**
 * `/app/docs/`: where to read on, and `/app/docs/errors`: what each error means, where the `type` of problem documents leads. Open to
 * everybody, as both are.
 */
export function docsPages(basePath: string): (app: FastifyInstance) => void {
  return (app) => {
    const pages = { '/app/docs/': index(basePath), '/app/docs/errors': errors(basePath) }
    app.get('/app/docs', (_, reply) => reply.redirect(`${basePath}/app/docs/`, 308))
    for (const [path, html] of Object.entries(pages))
      app.get(path, (_, reply) =>
        reply
          .headers({
            'content-type': 'text/html; charset=utf-8',
            'cache-control': 'no-cache',
            'content-security-policy': POLICY,
          })
          .send(html),
      )
  }
}

function index(basePath: string): string {
  const base = escapeHtml(basePath)
  return page(
    basePath,
    'Documentation',
    'What this server can say of itself. The guides, from the first model on, lie in <code>docs/</code> of the program.',
    `<section><h2><a href="${base}/api/openapi.json">The API</a></h2><p>Every endpoint with its input, answers and errors, as OpenAPI 3.1.</p></section>
<section><h2><a href="${base}/app/docs/errors">Errors</a></h2><p>What each code means and what to do.</p></section>
<section><h2><a href="${base}/readyz">Is it well?</a></h2><p>Database, files and runtime, each with what is wrong.</p></section>`,
  )
}

function errors(basePath: string): string {
  const lead = `Every error of the API has a code, a sentence that says what happened, and one that says what to do. The request id finds it in the log
of the server.`
  return page(basePath, 'Errors', lead, Object.entries(errorRegistry).map(section).join('\n'))
}

function page(basePath: string, title: string, lead: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} of ML Lab</title>
<style>${STYLE}</style>
<header>
<h1>${title}</h1>
<p>${lead} <a href="${escapeHtml(basePath)}/app/">Back to ML Lab</a></p>
</header>
<main>
${content}
</main>
</html>
`
}

function section([code, { status, title, detail, fix }]: [
  string,
  (typeof errorRegistry)[keyof typeof errorRegistry],
]): string {
  return `<section id="${code}">
<h2><a href="#${code}">${escapeHtml(title)}</a> <code>${status} ${code}</code></h2>
${detail === '{reason}' ? '' : `<p>${marked(detail)}</p>\n`}<p>${marked(fix)}</p>
</section>`
}

/** Code in backticks; what a sentence is filled with in braces. */
function marked(text: string): string {
  return escapeHtml(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\{(\w+)\}/g, '<var>$1</var>')
}
