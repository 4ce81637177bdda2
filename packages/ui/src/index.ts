// What the server needs to know about the built web app. Runs in Node; the app itself starts in main.tsx.

/** Folder of the built app: `index.html`, `theme.js`, `favicon.svg`, and `assets/` with hashed names and `.br`, `.gz` beside them. */
export const appFolder = new URL('../dist/', import.meta.url)

/** Stands once in `index.html`, as the address of its `<base>`. */
export const basePlaceholder = '__LAB_APP_BASE__'

/**
 * Fills the base path into `index.html`. It is the same for all requests, so do it once at the start.
 * The page has no inline script and no inline style: `script-src 'self'; style-src 'self'` is enough, no nonce.
 * @param base path of the app with a slash at both ends, such as `/app/` or `/test/app/`
 */
export function renderIndex(html: string, base: string): string {
  if (!/^\/([\w.~-]+\/)*$/.test(base)) throw new Error(`not a base path: ${base}`)
  return html.replaceAll(basePlaceholder, base)
}
