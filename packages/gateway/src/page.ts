import { createHash } from 'node:crypto'

import type { Refusal } from './refusals.ts'

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText }
main { max-width: 32rem; padding: 2rem }
h1 { font-size: 1.4rem; margin: 0 0 .5rem }
p { margin: .25rem 0; opacity: .8 }
small { opacity: .6 }
a { display: inline-block; margin-top: 1rem; color: LinkText }`

/** What a page of the gateway may load: its own style, nothing else. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** A small page without scripts and foreign resources. It loads itself again where waiting helps. */
export function page(refusal: Refusal, link?: { readonly text: string; readonly href: string }): string {
  const wait = refusal.retryAfterSeconds
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${wait === undefined ? '' : `<meta http-equiv="refresh" content="${wait}">`}
<title>${escapeHtml(refusal.title)}</title>
<style>${STYLE}</style>
<main>
<h1>${escapeHtml(refusal.title)}</h1>
<p>${escapeHtml(refusal.detail)}</p>
<p>${escapeHtml(refusal.fix)}</p>
${link ? `<a href="${escapeHtml(link.href)}" target="_blank" rel="noopener">${escapeHtml(link.text)}</a><br>` : ''}
<small>${refusal.status} ${refusal.code}</small>
</main>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
