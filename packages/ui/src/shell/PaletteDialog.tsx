import { Dialog as Base } from '@base-ui/react/dialog'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { IconButton } from '../components/Button.tsx'
import { ArrowRightIcon, CloseIcon, SearchIcon } from '../components/icons.ts'
import { Keycap, Tag } from '../components/Marks.tsx'
import { StatusMark } from '../components/Status.tsx'
import { phone, useMedia } from '../lib/media.ts'
import { rank, type Ranked } from '../lib/rank.ts'
import { t } from '../text/t.ts'
import type { PaletteEntry, PaletteRegistry } from './palette.tsx'
import css from './PaletteDialog.module.css'
import { commandKey } from './TopBar.tsx'

interface PaletteDialogProps {
  registry: PaletteRegistry
  /** Name of the project that is searched first; null in areas without one. */
  project: string | null
  onClose: () => void
}

const groups = ['go', 'do', 'find'] as const
const mostInGroup = 6
const pauseMs = 80

/** Go to, do, find. Arrow keys choose, Enter opens, with Ctrl in a new tab; `>` shows only actions, Tab all projects. */
export function PaletteDialog({ registry, project, onClose }: PaletteDialogProps) {
  const [typed, setTyped] = useState('')
  const [allProjects, setAllProjects] = useState(project === null)
  const [at, setAt] = useState(0)
  const found = useFound(registry, typed, allProjects)
  const open = useOpen(onClose)
  const onlyActions = typed.startsWith('>')
  const query = onlyActions ? typed.slice(1).trim() : typed.trim()
  const shown = useMemo(() => {
    const entries = [...registry.entries(), ...found].filter((entry) => !onlyActions || entry.group === 'do')
    return rank(query, entries, groups, mostInGroup)
  }, [registry, found, query, onlyActions])
  const current = Math.min(at, shown.length - 1)
  const id = useId()
  const onPhone = useMedia(phone)
  const list = useRef<HTMLDivElement>(null)

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [current])

  function key(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt(shown.length === 0 ? 0 : (current + step + shown.length) % shown.length)
    } else if (event.key === 'Enter') {
      const entry = shown[current]?.entry
      if (entry) open(entry, event.ctrlKey || event.metaKey)
    } else if (event.key === 'Tab' && project !== null) {
      event.preventDefault()
      setAllProjects(!allProjects)
    }
  }

  return (
    <Base.Root open onOpenChange={(stays) => (stays ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={css.backdrop} />
        <Base.Popup className={css.palette} aria-label={t('palette.title')}>
          <div className={css.head}>
            <SearchIcon aria-hidden />
            {allProjects || project === null ? null : <span className={css.scope}>{project}</span>}
            <input
              className={css.input}
              value={typed}
              placeholder={t('palette.placeholder')}
              aria-label={t('palette.title')}
              role="combobox"
              aria-expanded
              aria-controls={`${id}-list`}
              aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => {
                setTyped(event.target.value)
                setAt(0)
              }}
              onKeyDown={key}
            />
            {project === null ? null : (
              <button
                type="button"
                className={css.all}
                aria-pressed={allProjects}
                tabIndex={-1}
                onClick={() => setAllProjects(!allProjects)}
              >
                {t('palette.allProjects')} <Keycap keys="Tab" />
              </button>
            )}
            {onPhone ? <IconButton icon={CloseIcon} size="touch" label={t('common.close')} onClick={onClose} /> : null}
          </div>
          <div ref={list} id={`${id}-list`} role="listbox" aria-label={t('palette.title')} className={css.list}>
            {groups.map((group) => (
              <Group key={group} group={group} shown={shown} current={current} id={id} onOpen={open} onPoint={setAt} />
            ))}
            {shown.length === 0 ? <p className={css.none}>{t('palette.none', { text: query })}</p> : null}
          </div>
          <footer className={css.foot} aria-hidden>
            <span>
              <Keycap keys="ArrowUp" /> <Keycap keys="ArrowDown" /> {t('palette.hint.choose')}
            </span>
            <span>
              <Keycap keys="Enter" /> {t('palette.hint.open')}
            </span>
            <span>
              <Keycap keys={`${commandKey()} Enter`} /> {t('palette.hint.newTab')}
            </span>
            <span className={css.end}>
              <Keycap keys=">" /> {t('palette.hint.actions')}
            </span>
          </footer>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

interface GroupProps {
  group: (typeof groups)[number]
  shown: readonly Ranked<PaletteEntry>[]
  current: number
  id: string
  onOpen: (entry: PaletteEntry, newTab: boolean) => void
  onPoint: (index: number) => void
}

function Group({ group, shown, current, id, onOpen, onPoint }: GroupProps) {
  if (!shown.some(({ entry }) => entry.group === group)) return null
  return (
    <div role="group" aria-label={t(`palette.${group}`)}>
      <div className={css.heading} aria-hidden>
        {t(`palette.${group}`)}
      </div>
      {shown.map(({ entry, match }, index) =>
        entry.group === group ? (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys go through the input that keeps the focus
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            tabIndex={-1}
            className={css.row}
            onPointerMove={() => onPoint(index)}
            onClick={(event) => onOpen(entry, event.ctrlKey || event.metaKey)}
          >
            {entry.status === undefined ? (
              entry.icon ? (
                <entry.icon aria-hidden className={css.icon} />
              ) : null
            ) : (
              <StatusMark status={entry.status} />
            )}
            <span className={css.name}>
              <Marked text={entry.label} ranges={match.ranges} />
            </span>
            {entry.facts === undefined ? null : <span className={css.facts}>{entry.facts}</span>}
            <span className={css.end}>
              {entry.tag === undefined ? null : <Tag accent>{entry.tag}</Tag>}
              {index === current ? (
                <span className={css.verb}>
                  {t(entry.group === 'do' ? 'palette.run' : 'palette.open')} <Keycap keys="Enter" />
                </span>
              ) : entry.keys === undefined ? (
                entry.group === 'find' && <ArrowRightIcon aria-hidden className={css.icon} />
              ) : (
                <Keycap keys={entry.keys} />
              )}
            </span>
          </div>
        ) : null,
      )}
    </div>
  )
}

function Marked({ text, ranges }: { text: string; ranges: readonly (readonly [number, number])[] }) {
  const pieces = ranges.map(([from, to], index) => (
    <span key={from}>
      {text.slice(ranges[index - 1]?.[1] ?? 0, from)}
      <b className={css.mark}>{text.slice(from, to)}</b>
    </span>
  ))
  return (
    <>
      {pieces}
      {text.slice(ranges.at(-1)?.[1] ?? 0)}
    </>
  )
}

/** What the sources find, asked after a short pause; an older answer never replaces a newer one. */
function useFound(registry: PaletteRegistry, typed: string, allProjects: boolean): readonly PaletteEntry[] {
  const [found, setFound] = useState<readonly PaletteEntry[]>([])
  useEffect(() => {
    const asking = new AbortController()
    const timer = window.setTimeout(() => {
      const answers = registry.sources().map((source) => source(typed.trim(), { allProjects, signal: asking.signal }))
      void Promise.allSettled(answers).then((settled) => {
        if (asking.signal.aborted) return
        setFound(settled.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])))
      })
    }, pauseMs)
    return () => {
      window.clearTimeout(timer)
      asking.abort()
    }
  }, [registry, typed, allProjects])
  return found
}

function useOpen(onClose: () => void) {
  const navigate = useNavigate()
  const router = useRouter()
  return (entry: PaletteEntry, newTab: boolean) => {
    if (newTab && entry.to !== undefined) {
      window.open(router.buildLocation({ to: entry.to }).publicHref, '_blank', 'noreferrer')
      return
    }
    onClose()
    entry.run?.()
    if (entry.to !== undefined) void navigate({ to: entry.to })
  }
}
