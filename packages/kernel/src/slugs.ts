/** Names in addresses: projects, workspaces, services. Immutable once given. */
export const SLUG_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

export function isSlug(candidate: string): boolean {
  return SLUG_PATTERN.test(candidate)
}

/** The nearest slug to a display name, or undefined if nothing of it can be used: `Wine quality` → `wine-quality`. */
export function slugFrom(name: string): string | undefined {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
  return slug === '' ? undefined : slug
}
