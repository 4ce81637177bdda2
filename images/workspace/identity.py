"""Who may use this JupyterLab: whoever the gateway lets through."""

from jupyter_server.auth.identity import IdentityProvider


class GatewayIdentity(IdentityProvider):
    """No login of its own: the socket can be reached through the platform's gateway only, and that asks for one."""

    @property
    def auth_enabled(self):
        return False

    def validate_security(self, app, ssl_options=None):
        app.log.info("The platform's gateway decides who comes in.")

    def is_token_authenticated(self, handler):
        """True spares Jupyter's XSRF cookie: right for programs that come with a token of the platform, not for browsers.

        Every browser names where a request that changes something comes from.
        """
        headers = handler.request.headers
        return "Origin" not in headers and "Sec-Fetch-Site" not in headers
