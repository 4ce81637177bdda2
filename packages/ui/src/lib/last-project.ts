const key = 'lab-project'

/** The project that was used last in this browser, by its slug. */
export function lastProject(): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null // storage may be forbidden; the start page then shows the list
  }
}

export function rememberProject(slug: string) {
  try {
    localStorage.setItem(key, slug)
  } catch {
    // Forgotten: the start page shows the list.
  }
}
