using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>
/// The endpoints of the orchestrator. A convention on the whole, such as <c>RequireAuthorization()</c>, applies to every endpoint;
/// one on an audience, to that audience's. An authenticated caller is the actor of what it does.
/// </summary>
/// <remarks>Mapped a second time, under another prefix, the operation ids of that mapping end in <c>_2</c>: names of endpoints are unique in an application.</remarks>
public sealed class OrchestratorEndpoints : IEndpointConventionBuilder
{
    private readonly RouteGroupBuilder _whole;

    internal OrchestratorEndpoints(RouteGroupBuilder whole)
    {
        _whole = whole;
        WorkerGroup = whole.MapGroup("");
        OperatorGroup = whole.MapGroup("");
        ViewerGroup = whole.MapGroup("");
    }

    /// <summary>What workers call: heartbeats, the next command, acknowledgements, claims and transitions.</summary>
    public IEndpointConventionBuilder Workers => WorkerGroup;

    /// <summary>What operators call: runs to create, commands to give, attempts to begin, time to give.</summary>
    public IEndpointConventionBuilder Operators => OperatorGroup;

    /// <summary>What viewers call: everything that only reads.</summary>
    public IEndpointConventionBuilder Viewers => ViewerGroup;

    internal RouteGroupBuilder WorkerGroup { get; }

    internal RouteGroupBuilder OperatorGroup { get; }

    internal RouteGroupBuilder ViewerGroup { get; }

    /// <inheritdoc/>
    public void Add(Action<EndpointBuilder> convention) => ((IEndpointConventionBuilder)_whole).Add(convention);

    /// <inheritdoc/>
    public void Finally(Action<EndpointBuilder> finallyConvention) => ((IEndpointConventionBuilder)_whole).Finally(finallyConvention);
}
