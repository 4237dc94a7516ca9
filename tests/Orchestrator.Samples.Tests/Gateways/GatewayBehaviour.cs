using Orchestrator.FaultProxy;

namespace Orchestrator.Samples.Tests.Gateways;

/// <summary>What a gateway does.</summary>
/// <param name="Row">The row of the table.</param>
/// <param name="Fault">The fault of the proxy that does it.</param>
internal sealed record GatewayBehaviour(string Row, Func<Fault> Fault)
{
    private const string LoginPage = "/login";

    /// <summary>How many calls of a moment it meets.</summary>
    public int Times { get; init; } = 2;

    /// <summary>The mode of the .NET worker.</summary>
    public string Mode { get; init; } = "gateway";

    /// <summary>The wait of a claim, in seconds. A call that is not answered is given up after this and the time of a try.</summary>
    public string ClaimWait { get; init; } = "forever";

    /// <summary>The clients that have the row.</summary>
    public IReadOnlyList<string> Clients { get; init; } = [GatewayCell.DotNet, GatewayCell.Python];

    /// <summary>Whether the worker mostly waits, so that its place can be another one's.</summary>
    public bool IsSlow { get; init; }

    public static IReadOnlyList<GatewayBehaviour> All { get; } =
    [
        new("503 with `Retry-After: 3600`", () => FaultProxy.Fault.Gateway(503, TimeSpan.FromHours(1))) { Times = 1, IsSlow = true },
        new("503 with `Retry-After: 5`", () => FaultProxy.Fault.Gateway(503, TimeSpan.FromSeconds(5))) { Times = 1, IsSlow = true },
        new("no answer for minutes", () => FaultProxy.Fault.Stall) { ClaimWait = "1" },
        new("a standard resilience handler of 10 s (.NET), and no answer", () => FaultProxy.Fault.Stall) { Mode = "resilience", Clients = [GatewayCell.DotNet] },
        new("502", () => FaultProxy.Fault.Gateway(502)),
        new("503 without `Retry-After`", () => FaultProxy.Fault.Gateway(503)),
        new("504", () => FaultProxy.Fault.Gateway(504)),
        new("408", () => FaultProxy.Fault.Gateway(408)),
        new("429", () => FaultProxy.Fault.Gateway(429)),
        new("301 to a login page", () => FaultProxy.Fault.Redirect(301, LoginPage)),
        new("302 to a login page", () => FaultProxy.Fault.Redirect(302, LoginPage)),
        new("200 with a login page", () => FaultProxy.Fault.Gateway(200)),
        new("401", () => FaultProxy.Fault.Gateway(401)),
        new("403", () => FaultProxy.Fault.Gateway(403)),
        new("a connection that is reset before the request was taken", () => FaultProxy.Fault.Cut),
        new("a connection that is reset after the request was taken", () => FaultProxy.Fault.LoseReply),
        new("an answer that is cut in the middle of its body", () => FaultProxy.Fault.CutBody),
    ];
}
