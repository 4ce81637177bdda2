import { createContext, use, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { t } from '../text/t.ts'
import { CloseIcon } from './icons.ts'
import css from './Toast.module.css'

export interface Word {
  /** “3 runs deleted”: what happened, no more. */
  text: string
  /** Takes it back; offered for `seconds`, counted down. */
  undo?: () => void
  /** Another way on: “Open”. */
  action?: { label: string; run: () => void }
  seconds?: number
}

type Say = (word: Word) => void

const SayContext = createContext<Say>(() => undefined)

/** Says a word at the bottom left: `say({ text: '3 runs deleted', undo })`. */
export const useSay = () => use(SayContext)

interface Told extends Word {
  id: number
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [words, setWords] = useState<readonly Told[]>([])
  const count = useRef(0)
  const say = useCallback<Say>(
    (word) => setWords((before) => [...before.slice(-2), { ...word, id: ++count.current }]),
    [],
  )
  const drop = useCallback((id: number) => setWords((before) => before.filter((word) => word.id !== id)), [])
  const list = useMemo(
    () => words.map((word) => <Toast key={word.id} word={word} onDone={() => drop(word.id)} />),
    [words, drop],
  )
  return (
    <SayContext value={say}>
      {children}
      <div className={css.corner} role="region" aria-label={t('toast.region')} aria-live="polite">
        {list}
      </div>
    </SayContext>
  )
}

/** Counts down while nobody looks at it: hovering or focusing it stops the clock. */
export function Toast({ word, onDone }: { word: Word; onDone: () => void }) {
  const [left, setLeft] = useState(word.seconds ?? (word.undo ? 10 : 5))
  const [held, setHeld] = useState(false)
  const done = useRef(onDone)
  useEffect(() => void (done.current = onDone))
  useEffect(() => {
    if (held) return
    const timer = window.setInterval(() => setLeft((seconds) => seconds - 1), 1000)
    return () => window.clearInterval(timer)
  }, [held])
  useEffect(() => {
    if (left <= 0) done.current()
  }, [left])

  const finish = (run: () => void) => () => {
    run()
    onDone()
  }
  return (
    <div
      className={css.toast}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{word.text}</span>
      {word.action ? (
        <button type="button" className={css.button} onClick={finish(word.action.run)}>
          {word.action.label}
        </button>
      ) : null}
      {word.undo ? (
        <button
          type="button"
          className={css.button}
          onClick={finish(word.undo)}
          aria-label={t('toast.undoLabel', { n: left })}
        >
          {t('toast.undo', { n: left })}
        </button>
      ) : (
        <button type="button" className={css.close} onClick={onDone} aria-label={t('common.close')}>
          <CloseIcon aria-hidden />
        </button>
      )}
    </div>
  )
}
