import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { looked, lookNames, shots, type Looked } from './looks.ts'

/** Lays the pictures of all pages that were looked at in this run into one page, for a person to look at. Answers its file. */
export async function writeSheet(): Promise<string> {
  const file = path.join(shots, 'index.html')
  await mkdir(shots, { recursive: true })
  await writeFile(file, sheetOf(looked))
  return file
}

function sheetOf(pages: readonly Looked[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>ML Lab: ${pages.length} pages</title>
<style>
  :root { color-scheme: light dark; font: 14px/20px system-ui, sans-serif }
  body { display: grid; grid-template-columns: 200px minmax(0, 1fr); margin: 0 }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 16px; box-sizing: border-box }
  nav a { display: block; color: inherit; font-size: 13px }
  main { padding: 16px 24px 16px 0; min-width: 0 }
  section { margin-bottom: 40px; scroll-margin-top: 16px }
  h2 { font-size: 16px; margin: 0 0 8px }
  h2 small { font-weight: 400; opacity: 0.7 }
  div { display: grid; grid-template-columns: 2.37fr 2.37fr 0.685fr; gap: 12px; align-items: start }
  img { display: block; width: 100%; border: 1px solid #8886 }
</style>
<nav aria-label="Pages">
${pages.map(({ name }) => `<a href="#${name}">${escape(name)}</a>`).join('\n')}
</nav>
<main>
<h1>${pages.length} pages, each light, dark and 390 wide</h1>
${pages.map(sectionOf).join('\n')}
</main>
</html>
`
}

function sectionOf({ name, address }: Looked): string {
  const pictures = lookNames.map((look) => {
    const file = encodeURIComponent(`${name}-${look}.png`)
    return `<a href="${file}"><img src="${file}" alt="${escape(name)}, ${look}" loading="lazy"></a>`
  })
  return `<section id="${name}"><h2>${escape(name)} <small>${escape(address)}</small></h2><div>${pictures.join('')}</div></section>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
