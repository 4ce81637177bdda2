/** Where code comes from, as a form asks for it. */
export interface CodeInput {
  from: 'data' | 'repository'
  dataset: string
  /** Empty is the latest. */
  version: string
  address: string
  /** Branch, tag or commit; empty is what the repository says. */
  revision: string
  /** Empty is its root. */
  folder: string
  port: number | null
  health: string
}

export const noCode: CodeInput = {
  from: 'data',
  dataset: '',
  version: '',
  address: '',
  revision: '',
  folder: '',
  port: null,
  health: '',
}

export function isNamed({ from, dataset, address }: CodeInput): boolean {
  return from === 'data' ? dataset !== '' : address.trim() !== ''
}

/** The source as the API takes it: the key of a file, or an address in pip's form. */
export function sourceOf({ from, dataset, version, address, revision, folder }: CodeInput): string {
  if (from === 'data') return version === '' ? dataset : `${dataset}@${version}`
  const [repository = '', own = ''] = withSystem(address.trim()).split('#')
  const at = revision.trim() === '' ? '' : `@${revision.trim()}`
  const below = folder.trim().replace(/^\/+|\/+$/g, '')
  const fragment = below === '' ? own : `subdirectory=${below}`
  return `${repository}${at}${fragment === '' ? '' : `#${fragment}`}`
}

/** An address as people copy it: `https://github.com/team/churn`, `git@github.com:team/churn.git`. */
function withSystem(address: string): string {
  if (/^(git|hg|svn|bzr)\+/.test(address)) return address
  const short = /^([\w.-]+@[\w.-]+):(?!\/)(.+)$/.exec(address)
  return short ? `git+ssh://${short[1]}/${short[2]}` : `git+${address}`
}

/** A name made of where it comes from. */
export function nameOfCode(code: CodeInput): string {
  const path = code.from === 'data' ? code.dataset : code.folder.trim() || code.address.trim().split('#')[0]
  const last = path?.split('/').findLast((part) => part !== '') ?? ''
  return last.replace(/\.(git|py|zip|tar|tgz|tar\.[a-z0-9]+)$/, '')
}
