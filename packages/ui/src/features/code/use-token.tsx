import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Button } from '../../components/Button.tsx'
import { Code } from '../../components/CodeBlock.tsx'
import { KeyIcon } from '../../components/icons.ts'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { CopyButton } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import css from './Token.module.css'
import { words } from './words.ts'

/** A button that makes a token for the variable in the code beside it, and the place where its secret shows, once. */
export function useToken(name: string, variable: string): { button: ReactNode; secret: ReactNode } {
  const api = useApi()
  const make = useMutation({ mutationFn: () => api.accounts.createToken({ body: { name: name.slice(0, 100) } }) })
  const line = make.data ? `export ${variable}=${make.data.secret}` : ''
  return {
    button: (
      <Button
        size="sm"
        icon={KeyIcon}
        busy={make.isPending}
        busyLabel={words('token.busy')}
        onClick={() => make.mutate()}
      >
        {words('token.make')}
      </Button>
    ),
    secret: make.error ? (
      <ProblemNotice problem={problemOf(make.error)} />
    ) : make.data ? (
      <Notice tone="plain">
        {words('token.made')}
        <span className={css.secret}>
          <Code code={line} language="shell" name={variable} />
          <CopyButton text={line} name={variable} />
        </span>
      </Notice>
    ) : null,
  }
}
