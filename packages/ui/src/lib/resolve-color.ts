/** The colour a token has now; canvas and files cannot read `var()`. */
export function resolveColor(color: string): string {
  const probe = document.createElement('span')
  probe.style.color = color
  probe.hidden = true
  document.body.append(probe)
  const resolved = getComputedStyle(probe).color
  probe.remove()
  return resolved
}
