using System.Collections.Frozen;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Hosting;

/// <summary>Maps rows of the table to endpoints, with all that a document of them needs.</summary>
internal static class EndpointMapping
{
    private const string Head = "HEAD";

    private static readonly Delegate RunId = ([FromRoute, Description("The run.")] string id) => { };
    private static readonly Delegate CommandId = ([FromRoute, Description("The command.")] string command_id) => { };

    private static readonly Delegate IdempotencyKey =
        ([FromHeader(Name = Caller.IdempotencyKey), Description("The same key with the same request has no second effect."), StringLength(128, MinimumLength = 1)] string? key) => { };

    /// <param name="endpoints">Where to.</param>
    /// <param name="rows">The table.</param>
    /// <param name="mapping">Which mapping of the application this is. Names of endpoints are unique in an application.</param>
    public static void Map(OrchestratorEndpoints endpoints, IReadOnlyList<EndpointRow> rows, int mapping)
    {
        foreach (var row in rows)
        {
            var group = row.Audience switch
            {
                Audience.Workers => endpoints.WorkerGroup,
                Audience.Operators => endpoints.OperatorGroup,
                _ => endpoints.ViewerGroup,
            };
            var handler = Guarded(OwnPages(row, row.IgnoresUnknown ? row.Handler : WithKnownQuery(row)));
            group.MapMethods(row.Pattern, [row.Method], handler).WithDisplayName($"{row.Method} {row.Pattern}").WithMetadata([.. Describe(row, mapping)]);
            if (row.AnswersHead)
            {
                group.MapMethods(row.Pattern, [Head], handler).ExcludeFromDescription();
            }
        }
    }

    /// <summary>Answers every method that a path lacks. Of the last order, so that it never stands before an endpoint that has the method.</summary>
    public static void MapMissingMethods(RouteGroupBuilder whole, IReadOnlyList<EndpointRow> rows)
    {
        foreach (var pattern in rows.Select(row => row.Pattern).Distinct())
        {
            var allow = string.Join(", ", rows
                .Where(row => Covers(row.Pattern, pattern))
                .SelectMany(row => row.AnswersHead ? new[] { row.Method, Head } : [row.Method])
                .Distinct()
                .Order(StringComparer.Ordinal));
            whole.Map(pattern, context => JsonAnswer.WriteMethodNotAllowedAsync(context, allow)).WithOrder(int.MaxValue).ExcludeFromDescription();
        }
    }

    /// <summary>
    /// Answers every path below the prefix that no endpoint has. An API without a prefix leaves such paths to the host: there they are the host's own.
    /// </summary>
    public static void MapMissingPaths(RouteGroupBuilder whole, string prefix)
    {
        if (prefix.Trim('/').Length > 0)
        {
            whole.Map("/{**path}", JsonAnswer.WriteNotFoundAsync).WithOrder(int.MaxValue).ExcludeFromDescription();
        }
    }

    /// <summary>A caller who has gone is no fault: nobody reads the answer, and there is nothing to log.</summary>
    private static RequestDelegate Guarded(RequestDelegate handler) => async context =>
    {
        try
        {
            await handler(context).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
    };

    private static RequestDelegate OwnPages(EndpointRow row, RequestDelegate handler) => row.RefusesForeignPages
        ? context => Origins.IsForeign(context) ? JsonAnswer.WriteAsync(context, Origins.Foreign) : handler(context)
        : handler;

    private static RequestDelegate WithKnownQuery(EndpointRow row)
    {
        var known = row.QueryParameters.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        return context => Query.FindUnknown(context.Request, known) is { } refusal ? JsonAnswer.WriteAsync(context, refusal) : row.Handler(context);
    }

    /// <summary>Whether a path of one pattern is also one of the other: <c>/runs/claim</c> is a <c>/runs/{id}</c>.</summary>
    private static bool Covers(string general, string pattern)
    {
        var (wide, narrow) = (general.Split('/'), pattern.Split('/'));
        return wide.Length == narrow.Length && wide.Zip(narrow).All(pair => pair.First == pair.Second || pair.First.StartsWith('{'));
    }

    private static IEnumerable<object> Describe(EndpointRow row, int mapping)
    {
        yield return row.Handler.Method;
        yield return new EndpointNameMetadata(mapping == 1 ? row.OperationId : string.Create(CultureInfo.InvariantCulture, $"{row.OperationId}_{mapping}"));
        yield return new TagsAttribute(row.Tag);
        yield return new EndpointSummaryAttribute(row.Summary);
        foreach (var parameter in Parameters(row))
        {
            var isOptional = parameter.GetCustomAttribute<FromRouteAttribute>() is null
                && new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable;
            yield return new ParameterDescription(parameter, isOptional);
        }

        foreach (var (status, body, when) in row.Answers)
        {
            yield return Answer(status, body, row.AnswerType, when);
        }

        foreach (var codes in RefusalsOf(row).Distinct().GroupBy(ProblemCodes.Status))
        {
            yield return Answer(
                codes.Key, typeof(ProblemResponse), "application/problem+json", string.Join(", ", codes.Select(RefusalCodes.ToWireName)));
        }
    }

    /// <summary>An attribute, because documents take descriptions of answers from those alone.</summary>
    private static ProducesResponseTypeAttribute Answer(int status, Type body, string contentType, string description) => body == typeof(void)
        ? new(status) { Description = description }
        : new(body, status, contentType) { Description = description };

    private static IEnumerable<ParameterInfo> Parameters(EndpointRow row)
    {
        Delegate?[] signatures =
        [
            row.Pattern.Contains("{id}", StringComparison.Ordinal) ? RunId : null,
            row.Pattern.Contains("{command_id}", StringComparison.Ordinal) ? CommandId : null,
            row.IsIdempotent ? IdempotencyKey : null,
            row.Signature,
        ];
        return signatures.OfType<Delegate>().SelectMany(signature => signature.Method.GetParameters());
    }

    private static IEnumerable<RefusalCode> RefusalsOf(EndpointRow row)
    {
        if (row.HasBody)
        {
            yield return RefusalCode.UnsupportedMediaType;
            yield return RefusalCode.PayloadTooLarge;
            yield return RefusalCode.InvalidJson;
        }

        if (row.HasBody || !row.IgnoresUnknown)
        {
            yield return RefusalCode.ValidationFailed;
        }

        if (row.RefusesForeignPages)
        {
            yield return RefusalCode.CrossOrigin;
        }

        if (row.NamesRun)
        {
            yield return RefusalCode.RunNotFound;
        }

        if (row.IsIdempotent)
        {
            yield return RefusalCode.IdempotencyKeyReused;
        }

        foreach (var code in row.Refusals)
        {
            yield return code;
        }

        yield return RefusalCode.StoreUnavailable;
    }
}
