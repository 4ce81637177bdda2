import { createContext, lazy, Suspense, use, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { Icon } from '../components/icons.ts'
import type { Status } from '../lib/status.ts'

/** Something the palette offers. A name comes before its verb: “churn-scorer” in Go to, “Deploy churn-classifier” in Do. */
export interface PaletteEntry {
  id: string
  group: 'go' | 'do' | 'find'
  label: string
  icon?: Icon
  status?: Status
  /** Faint after the name: “Service, 42.6 req/s”. */
  facts?: string
  /** At the right: an alias. */
  tag?: string
  keys?: string
  /** An address inside the app; it can be opened in a new tab. */
  to?: string
  run?: () => void
  /** Other words it is found by. */
  also?: string
}

/** Finds objects on the server. Results come in the order they should stand. */
export type PaletteSource = (
  query: string,
  scope: { allProjects: boolean; signal: AbortSignal },
) => Promise<readonly PaletteEntry[]>

export interface PaletteRegistry {
  entries: () => readonly PaletteEntry[]
  sources: () => readonly PaletteSource[]
}

interface PaletteApi {
  open: () => void
  addEntries: (entries: () => readonly PaletteEntry[]) => () => void
  addSource: (source: PaletteSource) => () => void
}

const PaletteContext = createContext<PaletteApi | null>(null)
const loadPalette = () => import('./PaletteDialog.tsx')
const PaletteDialog = lazy(() => loadPalette().then((chunk) => ({ default: chunk.PaletteDialog })))

export function PaletteProvider({ project, children }: { project: string | null; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  const lists = useRef(new Set<() => readonly PaletteEntry[]>())
  const sources = useRef(new Set<PaletteSource>())
  const api = useMemo<PaletteApi>(
    () => ({
      open: () => setOpen(true),
      addEntries: (entries) => {
        lists.current.add(entries)
        return () => lists.current.delete(entries)
      },
      addSource: (source) => {
        sources.current.add(source)
        return () => sources.current.delete(source)
      },
    }),
    [],
  )
  const registry = useMemo<PaletteRegistry>(
    () => ({ entries: () => [...lists.current].flatMap((list) => list()), sources: () => [...sources.current] }),
    [],
  )
  // Fetched when nothing else is to do, so that Ctrl K answers at once.
  useEffect(() => {
    const timer = window.setTimeout(() => void loadPalette().catch(() => undefined), 2000) // without a connection: later, when opened
    return () => window.clearTimeout(timer)
  }, [])
  return (
    <PaletteContext value={api}>
      {children}
      {open ? (
        <Suspense>
          <PaletteDialog registry={registry} project={project} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </PaletteContext>
  )
}

function usePalette(): PaletteApi {
  const api = use(PaletteContext)
  if (!api) throw new Error('outside of PaletteProvider')
  return api
}

export const useOpenPalette = () => usePalette().open

/** Offers entries while the component is shown: a page its actions, the shell its sections. */
export function usePaletteEntries(entries: readonly PaletteEntry[]) {
  const { addEntries } = usePalette()
  const latest = useRef(entries)
  useEffect(() => void (latest.current = entries))
  useEffect(() => addEntries(() => latest.current), [addEntries])
}

/** Offers what the server finds. The source should be stable. */
export function usePaletteSource(source: PaletteSource) {
  const { addSource } = usePalette()
  useEffect(() => addSource(source), [addSource, source])
}
