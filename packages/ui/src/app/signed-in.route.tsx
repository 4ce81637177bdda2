import { createLazyRoute } from '@tanstack/react-router'
import { SignedIn } from './SignedIn.tsx'

export const route = createLazyRoute('/signed-in')({ component: SignedIn })
