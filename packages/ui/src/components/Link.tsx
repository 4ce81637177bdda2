import { Link as RouterLink } from '@tanstack/react-router'
import type { ComponentProps, ComponentPropsWithRef, ReactNode } from 'react'
import type { SearchParams } from '../lib/search.ts'

export interface LinkProps extends Omit<ComponentPropsWithRef<'a'>, 'href'> {
  /** Address inside the app, from lib/address.ts: `/p/churn/models`. */
  to: string
  search?: SearchParams | undefined
  /** Without `#`. What stands there is not sent to the server. */
  hash?: string | undefined
  /** A name: in the colour of the text, weight 500. */
  plain?: boolean
  replace?: boolean
  children?: ReactNode
}

/** A link inside the app; what it leads to is loaded while the pointer rests on it. */
export function Link({ to, search, hash, plain, replace, ...rest }: LinkProps) {
  const options = {
    to,
    preload: 'intent' as const,
    // Only the page itself is the current one, not every page above it.
    activeOptions: { exact: true },
    ...(search ? { search } : {}),
    ...(hash ? { hash } : {}),
    ...(replace ? { replace } : {}),
    ...(plain ? { 'data-plain': '' } : {}),
    ...rest,
  }
  // The router wants attributes that are set or absent, and its own search; ours are the same at run time.
  return <RouterLink {...(options as unknown as ComponentProps<typeof RouterLink>)} />
}

/** A link out of the app: the documentation, the API. Opens beside it. */
export function ExternalLink({ href, children, ...rest }: ComponentPropsWithRef<'a'>) {
  return (
    <a href={href} target="_blank" rel="noreferrer" {...rest}>
      {children}
    </a>
  )
}
