interface Box {
  left: number
  top: number
  width: number
  height: number
}
interface Size {
  width: number
  height: number
}

/** Where a bubble goes: centred above its target, below where there is no room, always inside the view. All in px. */
export function placeBeside(target: Box, bubble: Size, view: Size, gap = 6, edge = 8): { left: number; top: number } {
  const above = target.top - bubble.height - gap
  const below = target.top + target.height + gap
  const centred = target.left + target.width / 2 - bubble.width / 2
  const left = Math.max(edge, Math.min(centred, view.width - bubble.width - edge))
  return {
    left: Math.round(left),
    top: Math.round(above >= edge || below + bubble.height > view.height ? Math.max(edge, above) : below),
  }
}
