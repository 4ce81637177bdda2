interface Param {
  key: string
  value: string
}

export interface ShownParam extends Param {
  /** Its value in the run before, where it was another. */
  was?: string
}

/** The parameters of a run, those that changed first to the eye: with what they were. */
export function changedParams(params: readonly Param[], previous: readonly Param[] | null): ShownParam[] {
  const before = new Map(previous?.map(({ key, value }) => [key, value]))
  return params.map(({ key, value }) => {
    const was = before.get(key)
    return was === undefined || was === value ? { key, value } : { key, value, was }
  })
}
