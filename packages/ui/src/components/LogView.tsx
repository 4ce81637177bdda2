import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { parseAnsi, stripAnsi } from '../lib/ansi.ts'
import { cx } from '../lib/cx.ts'
import { format } from '../lib/format.ts'
import { saveText } from '../lib/save.ts'
import { t } from '../text/t.ts'
import { Switch } from './Choice.tsx'
import { IconButton } from './Button.tsx'
import { ArrowDownIcon, ArrowUpIcon, DownloadIcon } from './icons.ts'
import { SearchInput } from './Input.tsx'
import css from './LogView.module.css'
import { CopyButton } from './Values.tsx'

export interface LogLine {
  /** Counts from 1 over the whole log. */
  number: number
  text: string
  at?: number
  replica?: string
  /** `error`: the line that matters. */
  level?: 'warn' | 'error'
}

export interface LogViewProps {
  lines: readonly LogLine[]
  title?: ReactNode
  /** Faint beside the title: “replica 3, start 5”. */
  facts?: ReactNode
  /** More is coming: offers Follow, and starts with it. */
  live?: boolean
  /** It is not known yet whether there are lines. */
  waiting?: boolean
  /** What ended: its last lines are shown first. */
  ended?: boolean
  showNumbers?: boolean
  /** Of the whole log. Without it what is here is saved. */
  onDownload?: () => void
  downloadName?: string
  /** Beside the search: a choice of replica. */
  controls?: ReactNode
  /** Highest it gets, in px; shorter logs are shorter. */
  maxHeight?: number
}

const lineHeight = 20

/** A log of any length: only what is in view is drawn. Follows its end until the reader scrolls up. */
export function LogView({
  lines,
  title,
  facts,
  live = false,
  waiting = false,
  ended = false,
  showNumbers = false,
  onDownload,
  downloadName = 'log.txt',
  controls,
  maxHeight = 400,
}: LogViewProps) {
  const box = useRef<HTMLDivElement>(null)
  const [follow, setFollow] = useState(live || ended)
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  // oxlint-disable-next-line react/incompatible-library -- the React compiler is not used
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  })
  const found = useMemo(() => findLines(lines, query), [lines, query])
  const shown = found[Math.min(at, found.length - 1)]

  useEffect(() => {
    if (follow && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [follow, lines.length, rows])
  useEffect(() => {
    if (shown !== undefined) rows.scrollToIndex(shown, { align: 'center' })
  }, [shown, rows])

  const step = (by: number) => {
    setFollow(false)
    setAt((before) => (found.length === 0 ? 0 : (before + by + found.length) % found.length))
  }
  const text = () => lines.map((line) => stripAnsi(line.text)).join('\n')

  return (
    <section className={css.log}>
      <header className={css.head}>
        {title === undefined ? null : <h3>{title}</h3>}
        {facts === undefined ? null : <span className={css.facts}>{facts}</span>}
        {live ? <Switch label={t('log.follow')} checked={follow} onChange={setFollow} /> : null}
        <div className={css.tools}>
          <SearchInput
            size="sm"
            className={css.search}
            value={query}
            onChange={(value) => {
              setQuery(value)
              setAt(0)
            }}
            onKeyDown={(event) => (event.key === 'Enter' ? step(event.shiftKey ? -1 : 1) : undefined)}
            placeholder={t('log.search')}
            aria-label={t('log.search')}
            unit={
              query === ''
                ? undefined
                : found.length === 0
                  ? t('log.noMatch')
                  : t('log.matches', { at: Math.min(at, found.length - 1) + 1, n: found.length })
            }
          />
          {found.length > 1 ? (
            <>
              <IconButton icon={ArrowUpIcon} label={t('keys.previous')} onClick={() => step(-1)} />
              <IconButton icon={ArrowDownIcon} label={t('keys.next')} onClick={() => step(1)} />
            </>
          ) : null}
          {controls}
          <CopyButton text={text} />
          <IconButton
            icon={DownloadIcon}
            label={t('common.download')}
            onClick={onDownload ?? (() => saveText(text(), downloadName))}
          />
        </div>
      </header>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- scrolling up stops following */}
      <div
        ref={box}
        className={css.box}
        style={{ maxHeight }}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={t('log.label')}
        aria-live="off"
        onWheel={(event) => (event.deltaY < 0 ? setFollow(false) : undefined)}
        onKeyDown={(event) => (['ArrowUp', 'PageUp', 'Home'].includes(event.key) ? setFollow(false) : undefined)}
        onScroll={(event) => (live && isAtEnd(event.currentTarget) ? setFollow(true) : undefined)}
      >
        {lines.length === 0 ? <p className={css.empty}>{waiting ? '\u00a0' : t('log.empty')}</p> : null}
        <div className={css.lines} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const line = lines[row.index]
            return line ? (
              <Line
                key={row.key}
                line={line}
                top={row.start}
                numbers={showNumbers}
                query={query}
                current={row.index === shown}
              />
            ) : null
          })}
        </div>
      </div>
    </section>
  )
}

function Line({
  line,
  top,
  numbers,
  query,
  current,
}: {
  line: LogLine
  top: number
  numbers: boolean
  query: string
  current: boolean
}) {
  return (
    <div
      className={css.line}
      data-level={line.level}
      data-current={current || undefined}
      style={{ translate: `0 ${top}px` }}
    >
      {numbers ? <span className={css.number}>{line.number}</span> : null}
      {line.at === undefined ? null : <span className={css.time}>{format.clock(line.at)}</span>}
      {line.replica === undefined ? null : <span className={css.replica}>{line.replica}</span>}
      <span className={css.text}>
        {parseAnsi(line.text).map((span, index) => (
          <span key={index} className={cx(span.tone && css[span.tone], span.bold && css.bold)}>
            <Marked text={span.text} query={query} />
          </span>
        ))}
      </span>
    </div>
  )
}

function Marked({ text, query }: { text: string; query: string }) {
  const at = query === '' ? -1 : text.toLowerCase().indexOf(query.toLowerCase())
  if (at < 0) return text
  return (
    <>
      {text.slice(0, at)}
      <mark className={css.hit}>{text.slice(at, at + query.length)}</mark>
      {text.slice(at + query.length)}
    </>
  )
}

function findLines(lines: readonly LogLine[], query: string): number[] {
  const wanted = query.toLowerCase()
  return wanted === ''
    ? []
    : lines.flatMap((line, index) => (stripAnsi(line.text).toLowerCase().includes(wanted) ? [index] : []))
}

const isAtEnd = (box: HTMLElement) => box.scrollHeight - box.scrollTop - box.clientHeight < lineHeight
