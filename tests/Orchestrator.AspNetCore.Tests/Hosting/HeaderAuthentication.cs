using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Orchestrator.AspNetCore.Tests.Hosting;

/// <summary>Believes the header <c>X-User</c>, and makes its value, such as <c>operators/ada</c>, the audience and the name of the caller.</summary>
internal sealed class HeaderAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public static readonly string[] Audiences = ["workers", "operators", "viewers"];

    private const string Header = "X-User";

    /// <summary>Adds the scheme, and a policy for each audience, named after it.</summary>
    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(Header).AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>(Header, null);
        var policies = builder.Services.AddAuthorizationBuilder();
        foreach (var audience in Audiences)
        {
            policies.AddPolicy(audience, policy => policy.RequireClaim("audience", audience));
        }
    }

    public static (string, string) User(string user) => (Header, user);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers[Header] is not [{ Length: > 0 } user])
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var parts = user.Split('/');
        var identity = new ClaimsIdentity([new Claim("audience", parts[0]), new Claim(ClaimTypes.NameIdentifier, parts[^1])], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }
}
