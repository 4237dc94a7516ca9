using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.AspNetCore.Audit;

namespace Orchestrator.AspNetCore.Hosting;

/// <summary>Whom an endpoint is for.</summary>
internal enum Audience
{
    Workers,
    Operators,
    Viewers,
}

/// <summary>One endpoint: what it is called by, what it answers, and how it is described.</summary>
/// <param name="Audience">Whom it is for.</param>
/// <param name="Method">Its HTTP method.</param>
/// <param name="Pattern">Its path below the prefix.</param>
/// <param name="OperationId">Its name in an OpenAPI document.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Handler">Answers a request.</param>
internal sealed record EndpointRow(Audience Audience, string Method, string Pattern, string OperationId, string Summary, RequestDelegate Handler)
{
    /// <summary>The concept that it belongs to.</summary>
    public required string Tag { get; init; }

    /// <summary>What it answers when it succeeds: status, type of the body (<see langword="void"/> for none), and when.</summary>
    public required (int Status, Type Body, string When)[] Answers { get; init; }

    /// <summary>The media type of what it answers when it succeeds.</summary>
    public string AnswerType { get; init; } = "application/json";

    /// <summary>Query, header and body, as the parameters of a method that is never called.</summary>
    public Delegate? Signature { get; init; }

    /// <summary>
    /// Whether it ignores query parameters that it does not know, as calls of workers do: a newer worker must live with an older host. Elsewhere a misspelt
    /// filter must not list everything.
    /// </summary>
    public bool IgnoresUnknown { get; init; }

    /// <summary>The query parameters that it knows.</summary>
    public IEnumerable<string> QueryParameters =>
        (Signature?.Method.GetParameters() ?? []).Where(parameter => parameter.IsDefined(typeof(FromQueryAttribute), false)).Select(parameter => parameter.Name!);

    /// <summary>Whether it takes a body, and so refuses what cannot be read.</summary>
    public bool HasBody { get; init; }

    /// <summary>Whether it honours <see cref="Caller.IdempotencyKey"/>.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>Whether it looks for the run in its path.</summary>
    public bool NamesRun => Pattern.StartsWith("/runs/{id}", StringComparison.Ordinal);

    /// <summary>Whether it can be asked for its headers alone.</summary>
    public bool AnswersHead { get; init; }

    /// <summary>Whether a browser can call it for any page without asking first, and it changes something: a GET, or a POST whose body may be absent.</summary>
    public bool RefusesForeignPages { get; init; }

    /// <summary>The refusals that are its own, beside those that follow from the above.</summary>
    public RefusalCode[] Refusals { get; init; } = [];
}
