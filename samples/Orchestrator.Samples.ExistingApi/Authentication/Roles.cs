using Microsoft.AspNetCore.Authorization;

namespace Orchestrator.Samples.ExistingApi.Authentication;

/// <summary>What callers may be. The policies have the same names.</summary>
internal static class Roles
{
    public const string Worker = "worker";

    public const string Operator = "operator";

    public const string Viewer = "viewer";

    /// <summary>Everybody who has a key may read.</summary>
    public static AuthorizationPolicy Any { get; } = new AuthorizationPolicyBuilder().RequireRole(Worker, Operator, Viewer).Build();
}
