import { useLayoutEffect, useRef, useState } from 'react'
import css from './Lineage.module.css'
import type { LineageNode } from './Lineage.tsx'
import { Link } from './Link.tsx'

export interface GraphNode extends LineageNode {
  id: string
  /** Ids of what it was made of, in columns before. */
  from?: readonly string[]
}

interface Edge {
  path: string
  loose: boolean
  id: string
}

/** Lineage from left to right, for the width of a page. Scrolls inside itself. */
export function LineageGraph({ columns, label }: { columns: readonly (readonly GraphNode[])[]; label: string }) {
  const box = useRef<HTMLDivElement>(null)
  const [edges, setEdges] = useState<readonly Edge[]>([])
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const measure = () => setEdges(edgesOf(element, columns.flat()))
    const resized = new ResizeObserver(measure)
    resized.observe(element)
    return () => resized.disconnect()
  }, [columns])
  return (
    <div
      className={css.scroll}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
      tabIndex={0}
      role="group"
      aria-label={label}
    >
      <div ref={box} className={css.graph}>
        <svg className={css.edges} aria-hidden>
          {edges.map((edge) => (
            <path key={edge.id} d={edge.path} data-loose={edge.loose || undefined} />
          ))}
        </svg>
        {columns.map((column, index) => (
          <ol key={index} className={css.column}>
            {column.map((node) => (
              <li key={node.id} className={css.box} data-node={node.id} data-current={node.current || undefined}>
                <node.icon aria-hidden />
                <span>
                  <span className={css.boxName}>
                    {node.to === undefined ? (
                      node.name
                    ) : (
                      <Link to={node.to} plain>
                        {node.name}
                      </Link>
                    )}
                  </span>
                  {node.facts === undefined ? null : <span className={css.boxFacts}>{node.facts}</span>}
                </span>
              </li>
            ))}
          </ol>
        ))}
      </div>
    </div>
  )
}

/** A curve from the right side of each origin to the left side of what came of it, with a small arrow head. */
function edgesOf(box: HTMLElement, nodes: readonly GraphNode[]): Edge[] {
  const places = new Map([...box.querySelectorAll<HTMLElement>('[data-node]')].map((one) => [one.dataset['node'], one]))
  return nodes.flatMap((node) =>
    (node.from ?? []).flatMap((origin) => {
      const [start, end] = [places.get(origin), places.get(node.id)]
      if (!start || !end) return []
      const [x1, y1] = [start.offsetLeft + start.offsetWidth, start.offsetTop + start.offsetHeight / 2]
      const [x2, y2] = [end.offsetLeft, end.offsetTop + end.offsetHeight / 2]
      const middle = (x1 + x2) / 2
      const path = `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2 - 1} ${y2}m-4 -3.5l4 3.5l-4 3.5`
      return [{ id: `${origin}>${node.id}`, path, loose: node.loose ?? false }]
    }),
  )
}
