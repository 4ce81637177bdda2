import { describe, expect, it } from 'vitest'
import { deployBody, type DeployInput, deploySnippets, serviceUrl } from './deploy-form.ts'

const input: DeployInput = {
  kind: 'model',
  model: 'churn-classifier',
  version: '',
  image: 'left over',
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

  it('says where it will answer', () => {
    expect(serviceUrl(input, 'http://lab', 'churn')).toBe('http://lab/api/projects/churn/services/churn-scorer/8080/')
  })

  it('shows the same request as code, without the secret', () => {
    const [curl, python] = deploySnippets({ ...input, name: "it's" }, 'http://lab', 'churn')
    expect(curl?.code).toContain(String.raw`it'\''s`)
    expect(python?.code).toContain('os.environ["LAB_API_TOKEN"]')
  })
})
