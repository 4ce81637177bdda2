import { createLazyRoute } from '@tanstack/react-router'
import { ModelsPage } from './ModelsPage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/models')({ component: ModelsPage })
