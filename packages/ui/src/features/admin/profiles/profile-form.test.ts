import { describe, expect, it } from 'vitest'
import { emptyParameter, namesOf } from './parameter-form.ts'
import { bodyOf, draftOf, emptyProfile, missingIn, type ProfileBody } from './profile-form.ts'

const gpu: ProfileBody = {
  name: 'GPU',
  description: 'For training',
  default: true,
  image: 'mllab/workspace',
  cpus: 2,
  memoryGb: 8,
  env: { A: '1', SPACED: ' x ', QUOTED: '"x"', LONG: 'one\nB=2' },
  life: { stopAfterHours: 0 },
  parameters: [
    {
      name: 'batch',
      label: 'Batch size',
      description: '',
      fills: { kind: 'env', name: 'BATCH' },
      type: 'number',
      default: 64,
      min: 1,
      max: 512,
      step: 2,
    },
    {
      name: 'level',
      label: 'Level',
      description: 'Of the log',
      fills: { kind: 'env', name: 'LOG_LEVEL' },
      type: 'choice',
      default: 'b',
      choices: [
        { value: 'a', label: 'A' },
        { value: 'b', label: 'B' },
      ],
    },
    {
      name: 'note',
      label: 'Note',
      description: '',
      fills: { kind: 'env', name: 'NOTE' },
      type: 'string',
      default: 'none',
      maxLength: 20,
    },
    {
      name: 'debug',
      label: 'Debug',
      description: '',
      fills: { kind: 'env', name: 'DEBUG' },
      type: 'boolean',
      default: true,
    },
    {
      name: 'memory',
      label: 'Memory',
      description: '',
      fills: { kind: 'memoryGb' },
      type: 'number',
      default: 4,
      min: 1,
      max: 8,
    },
  ],
}

describe('the form for a profile', () => {
  it('gives back what was stored if nothing is changed [WSP-38]', () => {
    expect(bodyOf(draftOf(gpu))).toEqual(gpu)
  })

  it('names new parameters and their variables after their labels, and leaves stored names alone', () => {
    const labelled = (label: string, name: string | null = null) => ({ ...emptyParameter(label), label, name })
    const parameters = [
      labelled('Batch size'),
      labelled('Batch  Size!'),
      labelled('Size', 'batchSize2'),
      labelled('数'),
    ]
    expect(namesOf(parameters)).toEqual(['batchSize', 'batchSize3', 'batchSize2', 'parameter'])
    const { parameters: made } = bodyOf({ ...emptyProfile, parameters })
    expect(made[0]?.fills).toEqual({ kind: 'env', name: 'BATCH_SIZE' })
  })

  it('says what is missing by the field of the API', () => {
    const parameters = [
      { ...emptyParameter('a'), type: 'number' as const, number: 1, min: 3, max: 2 },
      { ...emptyParameter('b'), label: 'B', choices: [] },
    ]
    const draft = { ...emptyProfile, name: 'GPU', env: 'A=1\nno line', parameters }
    expect(Object.fromEntries(missingIn(draft, ['gpu']))).toEqual({
      name: 'taken',
      image: 'needed',
      env: 'line',
      'parameters.0.label': 'needed',
      'parameters.0.max': 'order',
      'parameters.1.choices': 'needed',
    })
    expect([...missingIn(draftOf(gpu), [])]).toEqual([])
  })
})
