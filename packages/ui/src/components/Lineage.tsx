import type { ReactNode } from 'react'
import type { Icon } from './icons.ts'
import css from './Lineage.module.css'
import { Link } from './Link.tsx'

export interface LineageNode {
  icon: Icon
  name: string
  to?: string
  facts?: ReactNode
  /** The object of this page. */
  current?: boolean
  /** What leads here is not made yet or serves another version. */
  loose?: boolean
}

/** Where a thing comes from and what came of it, from top to bottom: for asides and phones. */
export function LineageChain({ nodes }: { nodes: readonly LineageNode[] }) {
  return (
    <ol className={css.chain}>
      {nodes.map((node) => (
        <li key={node.name} className={css.node} data-current={node.current || undefined} data-loose={node.loose || undefined}>
          <span className={css.mark}>
            <node.icon aria-hidden />
          </span>
          <span className={css.name}>{node.to === undefined ? node.name : <Link to={node.to}>{node.name}</Link>}</span>
          {node.facts === undefined ? null : <span className={css.facts}>{node.facts}</span>}
        </li>
      ))}
    </ol>
  )
}

/** The same from left to right, branches below each other: for the width of a page. Scrolls inside itself. */
export function LineageGraph({ columns }: { columns: readonly (readonly LineageNode[])[] }) {
  return (
    <div className={css.graph} tabIndex={0} role="group">
      {columns.map((column, index) => (
        <ol key={index} className={css.column}>
          {column.map((node) => (
            <li key={node.name} className={css.box} data-current={node.current || undefined} data-loose={node.loose || undefined} data-first={index === 0 || undefined}>
              <node.icon aria-hidden />
              <span>
                <span className={css.boxName}>{node.to === undefined ? node.name : <Link to={node.to} plain>{node.name}</Link>}</span>
                {node.facts === undefined ? null : <span className={css.boxFacts}>{node.facts}</span>}
              </span>
            </li>
          ))}
        </ol>
      ))}
    </div>
  )
}
