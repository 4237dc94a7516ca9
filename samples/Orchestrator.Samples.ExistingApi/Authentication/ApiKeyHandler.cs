using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Orchestrator.Samples.ExistingApi.Authentication;

/// <summary>Knows callers by the key in <c>Authorization: Bearer …</c>.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IOptionsMonitor<ApiKeyOptions> keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Prefix.TrimEnd();
        return base.HandleChallengeAsync(properties);
    }

    private AuthenticateResult Authenticate()
    {
        if (Request.Headers.Authorization is not [{ } header] || !header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(header[Prefix.Length..]));
        (string Name, string Role)? holder = null;
        foreach (var (name, key) in keys.CurrentValue)
        {
            // Each is compared whole, also after one that fits, so that the time tells nothing.
            holder = CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(key.Sha256)) ? (name, key.Role) : holder;
        }

        if (holder is not { } found)
        {
            return AuthenticateResult.Fail("Nobody holds this key.");
        }

        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, found.Name), new(ClaimTypes.Role, found.Role)], Scheme.Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }
}
