import { createLazyRoute } from '@tanstack/react-router'
import { ModelPage } from './ModelPage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/models/$model')({ component: ModelPage })
