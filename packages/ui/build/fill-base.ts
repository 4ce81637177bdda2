import type { Plugin } from 'vite'
import { basePlaceholder } from '../src/index.ts'

/** Fills in the base path where no ML Lab server does it: in the dev server. The build keeps the placeholder. */
export function fillBase(): Plugin {
  return {
    name: 'mllab:fill-base',
    apply: 'serve',
    transformIndexHtml: { order: 'pre', handler: (html) => html.replaceAll(basePlaceholder, '/app/') },
  }
}
