import { experiments } from '../../text/en/experiments.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(experiments)
