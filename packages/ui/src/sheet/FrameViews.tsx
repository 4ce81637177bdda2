import { ExternalLink } from '../components/Link.tsx'
import { Frame } from '../shell/Frame.tsx'
import { LoginForm } from '../shell/LoginForm.tsx'
import { ServerFacts, SetupForm } from '../shell/SetupForm.tsx'

const docs = 'https://example.invalid/docs'

export function LoginView() {
  return (
    <Frame version="0.1.0" docsHref={docs}>
      <LoginForm
        host="lab.acme.io"
        organisation="Acme Data Science"
        sso={{ name: 'Acme SSO', href: '/sso' }}
        onLogin={() => Promise.resolve()}
        error="User name and password do not match. After 3 more tries this account waits 5 min."
        forgot={<a href="/forgot">Forgot it</a>}
        below={
          <>
            No account yet? <a href="/register">Ask for one</a>
          </>
        }
      />
    </Frame>
  )
}

export function SetupView() {
  return (
    <Frame
      version="0.1.0"
      docsHref={docs}
      beside={
        <ServerFacts
          facts={[
            { level: 'ok', title: 'http://localhost:8091', detail: 'The one address: pages, API, MLflow, SSH' },
            {
              level: 'ok',
              title: 'Runs processes on this machine',
              detail: 'Python 3.13 and uv found; 8 cores, 31 GB memory',
            },
            {
              level: 'ok',
              title: 'Keeps everything in ~/mllab',
              detail: 'SQLite and files; can move to PostgreSQL and S3',
            },
            {
              level: 'warning',
              title: 'No wall between users',
              detail: (
                <>
                  Processes see each other: fine for one trusting team.{' '}
                  <ExternalLink href={docs}>Get the wall with Docker</ExternalLink>
                </>
              ),
            },
            { level: 'absent', title: 'No GPU found', detail: 'Training uses the CPU.' },
          ]}
        />
      }
    >
      <SetupForm onSetup={() => Promise.resolve()} />
    </Frame>
  )
}
