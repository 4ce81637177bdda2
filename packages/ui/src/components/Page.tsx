import type { ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { narrow, useMedia } from '../lib/media.ts'
import { t } from '../text/t.ts'
import { Badge } from './Marks.tsx'
import { IconButton } from './Button.tsx'
import { Sheet } from './Dialog.tsx'
import { CloseIcon } from './icons.ts'
import css from './Page.module.css'

export interface PageLayoutProps {
  /** PageHeader, then what the page is about. A DataTable with `fill` takes the space that is left. */
  children: ReactNode
  /** Beside the content, below it where the window is narrow: Aside or FormAside. */
  aside?: ReactNode
  /** A list at the left that chooses what the page shows: versions. */
  before?: ReactNode
  /** One column of reading width in the middle: a workspace that starts. */
  centred?: boolean
}

/** Content and an aside, split by a hairline over the full height. */
export function PageLayout({ children, aside, before, centred = false }: PageLayoutProps) {
  return (
    <div className={css.layout}>
      {before === undefined ? null : <div className={css.before}>{before}</div>}
      <div className={cx(css.content, centred && css.centred)}>{children}</div>
      {aside}
    </div>
  )
}

export interface PageHeaderProps {
  title: string
  /** Status pill, version tag, or a menu of siblings. */
  beside?: ReactNode
  /** Faint beside the title: “1,284 runs · 118 match”. */
  facts?: ReactNode
  /** At most three and “…”, the primary one last. */
  actions?: ReactNode
  /** One line below; its parts are divided by dots: see Facts. */
  below?: ReactNode
  tabs?: ReactNode
}

export function PageHeader({ title, beside, facts, actions, below, tabs }: PageHeaderProps) {
  return (
    <header className={css.header} data-tabs={tabs === undefined ? undefined : ''}>
      <div className={css.titleLine}>
        <h1 className={css.title}>{title}</h1>
        {beside}
        {facts === undefined ? null : <div className={css.titleFacts}>{facts}</div>}
        {actions === undefined ? null : <div className={css.actions}>{actions}</div>}
      </div>
      {below === undefined ? null : <div className={css.below}>{below}</div>}
      {tabs === undefined ? null : <div className={css.tabs}>{tabs}</div>}
    </header>
  )
}

/** Facts in one line, divided by dots; absent ones are left out. */
export function Facts({ children }: { children: readonly ReactNode[] }) {
  return (
    <span className={css.facts}>
      {children.map((fact, index) =>
        fact === null || fact === undefined || fact === false ? null : <span key={index}>{fact}</span>,
      )}
    </span>
  )
}

/** A part of a page: heading, count, something at the right. Parts are 28 apart. */
export function Section({
  title,
  count,
  facts,
  end,
  children,
}: {
  title?: string
  count?: number
  facts?: ReactNode
  end?: ReactNode
  children: ReactNode
}) {
  return (
    <section className={css.section}>
      {title === undefined ? null : (
        <header className={css.sectionHead}>
          <h2>{title}</h2>
          {count === undefined ? null : <Badge>{count}</Badge>}
          {facts === undefined ? null : <span className={css.sectionFacts}>{facts}</span>}
          {end === undefined ? null : <span className={css.sectionEnd}>{end}</span>}
        </header>
      )}
      {children}
    </section>
  )
}

/** The page's own padding, around everything but tables that fill. */
export function PageBody({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx(css.body, className)}>{children}</div>
}

/** Charts two by two. */
export function ChartGrid({ children }: { children: ReactNode }) {
  return <div className={css.charts}>{children}</div>
}

type AsideWidth = 'list' | 'code' | 'form'

/** Beside the content: Sections, divided by hairlines. Scrolls by itself; below the content when narrow. */
export function Aside({ children, width = 'list', label }: { children: ReactNode; width?: AsideWidth; label: string }) {
  return (
    <aside className={css.aside} data-width={width} aria-label={label}>
      {children}
    </aside>
  )
}

/** A form beside a list, which stays usable; from the right over everything when narrow. Its buttons stay in view. */
export function FormAside({
  title,
  onClose,
  footer,
  children,
}: {
  title: string
  onClose: () => void
  footer: ReactNode
  children: ReactNode
}) {
  const asSheet = useMedia(narrow)
  if (asSheet) {
    return (
      <Sheet open title={title} onClose={onClose} footer={footer}>
        {children}
      </Sheet>
    )
  }
  return (
    <aside className={cx(css.aside, css.formAside)} data-width="form" aria-label={title}>
      <header className={css.formHead}>
        <h2>{title}</h2>
        <IconButton icon={CloseIcon} label={t('common.close')} onClick={onClose} />
      </header>
      <div className={css.formBody}>{children}</div>
      <footer className={css.formFoot}>{footer}</footer>
    </aside>
  )
}
