export type PreviewKind = 'image' | 'json' | 'text' | 'none'

const images = new Set(['png', 'jpg', 'jpeg', 'gif', 'webp', 'bmp', 'svg', 'avif'])
const texts = new Set(
  'txt md log csv tsv yaml yml toml ini cfg py sh sql xml html htm css js ts r ipynb tex env lock'.split(' '),
)
const textNames = new Set(['MLmodel', 'Dockerfile', 'Makefile', 'LICENSE', 'requirements'])

/** How a file can be looked at, by its name. HTML is shown as its text: what people log is never a page of ours. */
export function previewKind(path: string): PreviewKind {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const ending = dot < 0 ? '' : name.slice(dot + 1).toLowerCase()
  if (images.has(ending)) return 'image'
  if (ending === 'json') return 'json'
  return texts.has(ending) || textNames.has(name) ? 'text' : 'none'
}

/** Types of images by ending, so that the browser decodes the blob; the server names none. */
export function imageType(path: string): string {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  return ending === 'svg' ? 'image/svg+xml' : ending === 'jpg' ? 'image/jpeg' : `image/${ending}`
}

/** JSON with line breaks; what is no JSON (or was cut) as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
