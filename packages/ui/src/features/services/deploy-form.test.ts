import { describe, expect, it } from 'vitest'
import { noCode } from './code-source.ts'
import { deployBody, type DeployInput, deploySnippets, serviceUrl } from './deploy-form.ts'

const input: DeployInput = {
  kind: 'model',
  model: 'churn-classifier',
  version: '',
  image: 'left over',
  code: noCode,
  name: ' Churn scorer ',
  memoryGb: null,
  env: '',
}

describe('the form to deploy', () => {
  it('sends the model, and leaves open what was not chosen', () => {
    expect(deployBody(input)).toEqual({ name: 'Churn scorer', model: { name: 'churn-classifier' } })
  })

  it('knows versions from aliases', () => {
    expect(deployBody({ ...input, version: '3' })).toMatchObject({ model: { name: 'churn-classifier', version: 3 } })
    expect(deployBody({ ...input, version: '@champion' })).toMatchObject({
      model: { name: 'churn-classifier', alias: 'champion' },
    })
  })

  it('sends an image without a model', () => {
    expect(deployBody({ ...input, kind: 'image', image: ' mllab/x ', name: '', memoryGb: 2, env: 'A=1' })).toEqual({
      image: 'mllab/x',
      memoryGb: 2,
      env: { A: '1' },
    })
  })

  it('sends code with its port and its health only if they are its own', () => {
    const code = { ...noCode, dataset: 'services/score.zip' }
    const sent = { ...input, kind: 'code' as const, name: '', code }
    expect(deployBody(sent)).toEqual({ code: { source: 'services/score.zip' } })
    expect(deployBody({ ...sent, code: { ...code, port: 9000, health: ' /health ' } })).toEqual({
      code: { source: 'services/score.zip', port: 9000, health: '/health' },
    })
    expect(serviceUrl(sent, 'http://lab', 'churn')).toBe('http://lab/api/projects/churn/services/score/8091/')
  })

  it('says where it will answer', () => {
    expect(serviceUrl(input, 'http://lab', 'churn')).toBe('http://lab/api/projects/churn/services/churn-scorer/8080/')
  })

  it('shows the same request as code, without the secret', () => {
    const [curl, python] = deploySnippets({ ...input, name: "it's" }, 'http://lab', 'churn')
    expect(curl?.code).toContain(String.raw`it'\''s`)
    expect(python?.code).toContain('os.environ["LAB_API_TOKEN"]')
  })
})
