/** An answer the gateway gives itself. Title, detail and fix are for people and carry no values of the request. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly fix: string
  readonly retryAfterSeconds?: number
}

export const refusals = {
  badHost: refusal(
    400,
    'BAD_HOST',
    'The request must name exactly one host',
    'It has no Host header, or more than one.',
    'Send one Host header.',
  ),
  twinHeader: refusal(
    400,
    'TWIN_HEADER',
    'A header came twice',
    'A header that decides who you are may be sent once only.',
    'Send it once.',
  ),
  badTarget: refusal(
    400,
    'BAD_TARGET',
    'This address is not allowed',
    'It holds dot segments, backslashes, control characters or a host.',
    'Encode special characters and leave out `.` and `..`.',
  ),
  badVersion: refusal(
    505,
    'HTTP_VERSION',
    'This version of HTTP is not served',
    'Only HTTP/1.1 and HTTP/1.0 are.',
    'Use HTTP/1.1.',
  ),
  badMethod: refusal(
    405,
    'METHOD_NOT_ALLOWED',
    'This method is not allowed',
    'TRACE and CONNECT are not served.',
    'Use another method.',
  ),
  unknownHost: refusal(
    421,
    'UNKNOWN_HOST',
    'This host name is not served here',
    'The server answers to its own names only.',
    'Open the address you were given, or add the name to LAB_EXTRA_HOSTS.',
  ),
  unencrypted: refusal(
    403,
    'UNENCRYPTED',
    'This server takes credentials over https only',
    'The request came unencrypted over a network: whoever listens there may have read what it carried.',
    'Use the address with https, and replace a token or password that was sent without.',
  ),
  signIn: refusal(
    401,
    'UNAUTHENTICATED',
    'Sign in first',
    'The request carries nothing that lets it in.',
    'Send `Authorization: Bearer <token>`, or open the app from the platform.',
  ),
  hidden: refusal(
    404,
    'NOT_FOUND',
    'There is nothing here',
    'It does not exist, or you may not see it.',
    'Check the address.',
  ),
  forbidden: refusal(
    403,
    'FORBIDDEN',
    'You may not open this',
    'You can see it, but your role or token does not let you in.',
    'Ask an owner of the project.',
  ),
  notOwner: refusal(
    403,
    'OWNER_ONLY',
    'Only its owner can open this here',
    'At this address, apps share the platform’s own origin, so only own workspaces open.',
    'Open the platform as localhost or by a name with an apps host.',
  ),
  badTicket: refusal(
    403,
    'TICKET_USED',
    'This way in has expired',
    'It works once, for half a minute, and only from the platform’s own page.',
    'Open the app from the platform again.',
  ),
  badForm: refusal(
    400,
    'BAD_FORM',
    'This form cannot be read',
    'It needs the fields ticket and to.',
    'Open the app from the platform again.',
  ),
  postOnly: refusal(
    405,
    'METHOD_NOT_ALLOWED',
    'This method is not allowed',
    'Only POST is served here.',
    'Open the app from the platform.',
  ),
  noCookies: refusal(
    403,
    'COOKIES_BLOCKED',
    'This browser keeps no cookies here',
    'The app needs a cookie on its own address, and the browser refused it.',
    'Open the app in a tab of its own, or allow cookies for it.',
  ),
  noStorage: refusal(
    403,
    'STORAGE_BLOCKED',
    'This app does not work inside a frame here',
    'The browser gives framed pages of this site no storage.',
    'Open it in a tab of its own.',
  ),
  needsOrigin: refusal(
    403,
    'NEEDS_OWN_ORIGIN',
    'This app does not work at this address',
    'It needs storage, which only an address of its own can have.',
    'Open the platform as localhost, for example by `mllab connect`, or by a name with an apps host.',
  ),
  accessUnknown: refusal(
    503,
    'ACCESS_UNKNOWN',
    'Access cannot be checked right now',
    'The platform does not answer.',
    'Try again in a moment.',
    2,
  ),
  platformAway: refusal(
    503,
    'PLATFORM_AWAY',
    'The platform is not there right now',
    'It starts, or is being updated. Open apps go on.',
    'Try again in a moment.',
    2,
  ),
  starting: refusal(
    503,
    'APP_STARTING',
    'The app is starting',
    'It is not ready to answer yet.',
    'Try again in a moment.',
    2,
  ),
  stopped: refusal(
    503,
    'APP_STOPPED',
    'The app is stopped',
    'Nothing answers here until it is started.',
    'Start it, then try again.',
    30,
  ),
  failed: refusal(
    503,
    'APP_FAILED',
    'The app failed',
    'It ended by itself or could not be started.',
    'Look at its log, then start it again.',
    30,
  ),
  unreachable: refusal(
    502,
    'APP_UNREACHABLE',
    'The app does not answer',
    'It is said to run, but nothing accepts connections.',
    'Look at its log; restart it if it does not come back.',
  ),
  badAnswer: refusal(
    502,
    'APP_BROKE_OFF',
    'The app gave no proper answer',
    'It closed the connection or sent something that is not HTTP.',
    'Look at its log.',
  ),
  tooSlow: refusal(
    504,
    'APP_TOO_SLOW',
    'The app took too long',
    'It did not begin to answer in time.',
    'Try again; look at its log if it stays slow.',
  ),
  badUpgrade: refusal(
    400,
    'BAD_UPGRADE',
    'This is no websocket request',
    'It must be a GET with a key, version 13 and no body.',
    'Use a websocket client.',
  ),
  upgradeVersion: refusal(
    426,
    'UPGRADE_VERSION',
    'This websocket version is not served',
    'Only version 13 is.',
    'Use a current websocket client.',
  ),
} satisfies Record<string, Refusal>

function refusal(
  status: number,
  code: string,
  title: string,
  detail: string,
  fix: string,
  retryAfterSeconds?: number,
): Refusal {
  return { status, code, title, detail, fix, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
}

export function isRefusal(thing: object): thing is Refusal {
  return 'status' in thing && 'code' in thing && 'fix' in thing
}
