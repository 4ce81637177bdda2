import { adminProfiles } from '../../../text/en/admin-profiles.ts'
import { pageText } from '../../../text/t.ts'

export const words = pageText(adminProfiles)
