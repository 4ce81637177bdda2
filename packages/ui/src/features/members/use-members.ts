import { useQueryClient } from '@tanstack/react-query'
import type { Member } from '@mllab/sdk'
import { useSay } from '../../components/Toast.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { membersQuery } from '../../lib/queries.ts'
import { members } from '../../text/en/members.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(members)

/** Changes that show at once and are taken back if the server refuses: the only owner stays one. */
export function useMemberChanges(project: string) {
  const api = useApi()
  const queries = useQueryClient()
  const say = useSay()
  const { queryKey } = membersQuery(api, project)
  const refresh = () => queries.invalidateQueries({ queryKey })
  const show = (change: (items: Member[]) => Member[]) =>
    queries.setQueryData(queryKey, (list) => list && { ...list, items: change(list.items) })
  const params = (member: Member) => ({ project, username: member.person.username ?? '' })

  async function attempt(task: () => Promise<unknown>): Promise<boolean> {
    try {
      await task()
      return true
    } catch (error) {
      const { detail, fix } = problemOf(error)
      say({ text: `${detail} ${fix}`, seconds: 10 })
      return false
    } finally {
      await refresh()
    }
  }

  return {
    setRole: (member: Member, role: Member['role']) => {
      show((items) => items.map((one) => (one.person.id === member.person.id ? { ...one, role } : one)))
      void attempt(() => api.projects.setMember({ params: params(member), body: { role } }))
    },
    remove: async (member: Member) => {
      show((items) => items.filter((one) => one.person.id !== member.person.id))
      const removed = await attempt(() => api.projects.removeMember({ params: params(member) }))
      if (!removed) return
      const undo = () =>
        void attempt(() => api.projects.setMember({ params: params(member), body: { role: member.role } }))
      say({ text: t('members.removed', { name: member.person.name }), undo })
    },
  }
}
