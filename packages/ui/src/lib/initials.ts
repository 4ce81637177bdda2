/** `Mara Lindqvist` → `ML`, `elif` → `EL`. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/u)
  const letters =
    words.length > 1 ? [words[0], words.at(-1)].map((word) => [...(word ?? '')][0]) : [...name.trim()].slice(0, 2)
  return letters.join('').toLocaleUpperCase()
}
