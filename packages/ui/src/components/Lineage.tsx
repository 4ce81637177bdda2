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
        <li
          key={node.name}
          className={css.node}
          data-current={node.current || undefined}
          data-loose={node.loose || undefined}
        >
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
