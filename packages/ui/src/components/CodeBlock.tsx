import { createContext, use, useState, type ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { type Language, tokenize } from '../lib/highlight.ts'
import { t } from '../text/t.ts'
import css from './CodeBlock.module.css'
import { Tabs } from './Tabs.tsx'
import { CopyButton } from './Values.tsx'

export interface Snippet {
  /** Name of the tab: Python, curl, CLI. */
  name: string
  language: Language
  code: string
}

interface LanguageChoice {
  name: string | undefined
  choose: (name: string) => void
}

const Chosen = createContext<LanguageChoice | null>(null)

/** All code inside follows one choice of language. */
export function CodeLanguage({
  name,
  onChoose,
  children,
}: {
  name: string | undefined
  onChoose: (name: string) => void
  children: ReactNode
}) {
  return <Chosen value={{ name, choose: onChoose }}>{children}</Chosen>
}

/** Code to copy. One snippet is a block with a copy button; several have tabs, in a frame. */
export function CodeBlock({ snippets, label = t('code.languages') }: { snippets: readonly Snippet[]; label?: string }) {
  const shared = use(Chosen)
  const [own, setOwn] = useState<string>()
  const wanted = shared?.name ?? own
  const current = snippets.find((snippet) => snippet.name === wanted) ?? snippets[0]
  if (!current) return null
  if (snippets.length === 1 || (shared && shared.name !== undefined)) {
    return (
      <div className={css.block}>
        <Code code={current.code} language={current.language} name={current.name} />
        <CopyButton text={current.code} className={css.copy} />
      </div>
    )
  }
  return (
    <div className={css.framed}>
      <Tabs
        small
        label={label}
        value={current.name}
        onChange={shared?.choose ?? setOwn}
        tabs={snippets.map((snippet) => ({ value: snippet.name, label: snippet.name }))}
        end={<CopyButton text={current.code} />}
      >
        <Code code={current.code} language={current.language} name={current.name} />
      </Tabs>
    </div>
  )
}

/** An answer with its facts above: status, time, replica. */
export function CodeAnswer({
  facts,
  code,
  language = 'json',
}: {
  facts: ReactNode
  code: string
  language?: Language
}) {
  return (
    <div className={css.framed}>
      <div className={css.facts}>
        <span>{facts}</span>
        <CopyButton text={code} />
      </div>
      <Code code={code} language={language} />
    </div>
  )
}

export function Code({ code, language, name }: { code: string; language: Language; name?: string }) {
  return (
    <pre
      className={css.code}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={name}
    >
      <code>
        {tokenize(code, language).map((token, index) =>
          token.kind === 'plain' ? (
            token.text
          ) : (
            <span key={index} className={cx(css[token.kind])}>
              {token.text}
            </span>
          ),
        )}
      </code>
    </pre>
  )
}
