"""What is known of well-known sign-in providers: a preset is a row that a provider's own fields are laid over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Preset:
    """A kind of provider.

    Attributes:
        kind: ``oidc``, where a signed token says who somebody is; ``oauth2``, where the provider's user API does.
        title: What the button says after "Continue with".
        needs: Fields that its row must have.
        fields: Values of the row; ``{tenant}`` and ``{domain}`` stand for the row's own.
        public: Whether anybody can found a group there: its groups are then named ``provider:group``.
    """

    kind: str
    title: str
    needs: tuple[str, ...] = ("client_id", "client_secret")
    fields: Mapping[str, str] = field(default_factory=dict)
    public: bool = False


OIDC_SCOPES = "openid email profile"
AT_ISSUER = ("issuer", "client_id", "client_secret")

PRESETS: Mapping[str, Preset] = {
    "google": Preset(
        "oidc", "Google", fields={"issuer": "https://accounts.google.com", "groups_claim": ""}, public=True
    ),
    "entra": Preset(
        "oidc",
        "Microsoft",
        ("tenant", "client_id", "client_secret"),
        {
            "issuer": "https://login.microsoftonline.com/{tenant}/v2.0",
            "scopes": f"{OIDC_SCOPES} User.Read",  # with it the token opens the person's own list of groups
            "groups_url": "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.group",
        },
    ),
    "okta": Preset(
        "oidc",
        "Okta",
        ("domain", "client_id", "client_secret"),
        {"issuer": "https://{domain}", "scopes": f"{OIDC_SCOPES} groups"},
    ),
    "auth0": Preset(
        "oidc",
        "Auth0",
        ("domain", "client_id", "client_secret"),
        {"issuer": "https://{domain}/"},  # with the slash
    ),
    "keycloak": Preset("oidc", "Keycloak", AT_ISSUER),
    "authentik": Preset("oidc", "authentik", AT_ISSUER),
    "gitlab": Preset("oidc", "GitLab", fields={"issuer": "https://gitlab.com"}, public=True),
    "github": Preset(
        "oauth2",
        "GitHub",
        fields={
            "authorize_url": "https://github.com/login/oauth/authorize",
            "token_url": "https://github.com/login/oauth/access_token",
            "user_url": "https://api.github.com/user",
            "emails_url": "https://api.github.com/user/emails",
            "groups_url": "https://api.github.com/user/orgs https://api.github.com/user/teams",
            "scopes": "read:user user:email read:org",
        },
        public=True,
    ),
    "oidc": Preset("oidc", "single sign-on", ("issuer", "client_id")),
    "oauth2": Preset("oauth2", "single sign-on", ("client_id", "authorize_url", "token_url", "user_url"), public=True),
}

GITHUB_SERVER: Mapping[str, str] = {  # GitHub Enterprise Server: the same paths on a company's own host
    "authorize_url": "https://{domain}/login/oauth/authorize",
    "token_url": "https://{domain}/login/oauth/access_token",
    "user_url": "https://{domain}/api/v3/user",
    "emails_url": "https://{domain}/api/v3/user/emails",
    "groups_url": "https://{domain}/api/v3/user/orgs https://{domain}/api/v3/user/teams",
}
