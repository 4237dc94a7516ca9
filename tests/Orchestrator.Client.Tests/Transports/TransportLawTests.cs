using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Orchestrator.Client.Tests.Transports;

/// <summary>
/// What holds in process holds over HTTP: a request that the engine takes reaches it through a client and a real server unchanged, and one that it refuses is
/// refused for the same members.
/// </summary>
public sealed class TransportLawTests
{
    private const int Requests = 400;
    private const long MaxInteger = (1L << 53) - 1;

    /// <summary>The members that hold JSON of the caller. The API cannot read a body that nests too deep or has a member twice.</summary>
    private static readonly string[] JsonMembers = ["launch_manifest", "overrides", "payload"];

    [Fact]
    public Task A_new_run_is_the_same_over_http() =>
        HoldsAsync(RequestGen.NewRun, async (target, request) => (await target.Runs.CreateAsync(request)).Refusal, maxBody: 256 * 1_024);

    [Fact]
    public Task A_transition_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Transition), async (target, request) => (await target.Runs.TransitionAsync(request.Item1, request.Item2)).Refusal);

    [Fact]
    public Task A_claim_is_the_same_over_http() => HoldsAsync(RequestGen.Claim, async (target, request) => (await target.Runs.ClaimAsync(request)).Refusal);

    [Fact]
    public Task A_new_attempt_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Attempt), async (target, request) => (await target.Runs.StartAttemptAsync(request.Item1, request.Item2)).Refusal);

    [Fact]
    public Task A_snooze_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Snooze), async (target, request) => (await target.Runs.SnoozeAsync(request.Item1, request.Item2)).Refusal);

    [Fact]
    public Task A_list_is_the_same_over_http() => HoldsAsync(
        RequestGen.List, async (target, request) => (await target.Runs.ListAsync(request.Filter, request.Limit, request.Cursor, request.Detail)).Refusal);

    [Fact]
    public Task A_page_of_transitions_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Page), async (target, request) => (await target.Runs.GetTransitionsAsync(request.Item1, request.Item2)).Refusal);

    [Fact]
    public Task A_page_of_commands_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Page), async (target, request) => (await target.Commands.ListAsync(request.Item1, request.Item2)).Refusal);

    [Fact]
    public Task A_page_of_audit_entries_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Page), async (target, request) => (await target.Audit.ListAsync(request.Item1, request.Item2)).Refusal);

    [Fact]
    public Task A_heartbeat_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Heartbeat, Gen.OneOfConst(0, 0, 0, 1, 16, 17)),
        async (target, request) => (await target.Heartbeats.ReportAsync(request.Item1, request.Item2, request.Item3)).Refusal);

    [Fact]
    public Task A_batch_of_heartbeats_is_the_same_over_http() => HoldsAsync(
        RequestGen.Heartbeat.Select(heartbeat => (IReadOnlyList<Heartbeat>)[heartbeat]),
        async (target, request) => (await target.Heartbeats.ReportAsync(request))[0].Refusal);

    [Fact]
    public Task A_command_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.NewCommand), async (target, request) => (await target.Commands.EnqueueAsync(request.Item1, request.Item2)).Refusal);

    [Fact]
    public Task A_poll_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Poll),
        async (target, request) => (await target.Commands.NextAsync(request.Item1, request.Item2.Wait, request.Item2.Attempt, request.Item2.ClaimId)).Refusal);

    [Fact]
    public Task An_acknowledgement_is_the_same_over_http() => HoldsAsync(
        Gen.Select(RequestGen.Run, RequestGen.Acknowledgement),
        async (target, request) => (await target.Commands.AcknowledgeAsync(request.Item1, request.Item2.Id, request.Item2.Acknowledgement)).Refusal);

    [Fact]
    public void Every_operation_that_takes_more_than_an_id_has_its_law()
    {
        string[] covered =
        [
            "IRunOperations.CreateAsync", "IRunOperations.TransitionAsync", "IRunOperations.ClaimAsync", "IRunOperations.StartAttemptAsync", "IRunOperations.SnoozeAsync",
            "IRunOperations.ListAsync", "IHeartbeatOperations.ReportAsync", "ICommandOperations.EnqueueAsync", "ICommandOperations.NextAsync",
            "ICommandOperations.AcknowledgeAsync", "IRunOperations.GetTransitionsAsync", "ICommandOperations.ListAsync", "IAuditOperations.ListAsync",
        ];

        // What a transport could not read has no call in the API.
        var operations = new[] { typeof(IRunOperations), typeof(IHeartbeatOperations), typeof(ICommandOperations), typeof(IAuditOperations) }
            .SelectMany(type => type.GetMethods())
            .Where(method => method.Name != nameof(IHeartbeatOperations.NoteUnreadableAsync) && method.GetParameters().Any(IsContent))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}");

        Assert.Equal(covered.Order(StringComparer.Ordinal), operations.Distinct().Order(StringComparer.Ordinal));
    }

    private static bool IsContent(ParameterInfo parameter) =>
        parameter.ParameterType != typeof(RunId) && parameter.ParameterType != typeof(CommandId) && parameter.ParameterType != typeof(CancellationToken)
        && parameter.ParameterType != typeof(RunDetail);

    private static async Task HoldsAsync<T>(Gen<T> requests, Func<IOrchestrator, T, ValueTask<Refusal?>> call, int maxBody = 32 * 1_024)
    {
        var remote = new RecordingOrchestrator();
        var local = new RecordingOrchestrator();
        var taken = 0;
        await using var server = await TestServer.StartAsync(build: builder => builder.Services.AddOpenApi().Replace(ServiceDescriptor.Singleton<IOrchestrator>(remote)));

        await requests.SampleAsync(
            async request =>
            {
                remote.Forget();
                var expected = (await call(local, request))!;
                var actual = (await call(server.Client, request))!;
                if (actual.Code == RefusalCode.PayloadTooLarge)
                {
                    Assert.True(server.Requests.Last().Headers.ContentLength > maxBody, "a body within the limit is refused as too large");
                }
                else if (actual.Code == RefusalCode.InvalidJson)
                {
                    Assert.Equal(RefusalCode.ValidationFailed, expected.Code);
                    Assert.True(HoldsUnreadableNumber(request) || Members(expected).Split(' ').Any(JsonMembers.Contains), $"{actual.Message} {Form.Of(request)}");
                }
                else
                {
                    Assert.True((expected.Code, Members(expected)) == (actual.Code, Members(actual)), $"in process {expected}, over HTTP {actual}: {Form.Of(request)}");
                    if (expected.Code != RefusalCode.ValidationFailed)
                    {
                        Assert.Equal(Form.Of(local.Received), Form.Of(remote.Received));
                        taken++;
                    }
                }
            },
            iter: Requests,
            threads: 1);

        // A law about requests that are all refused would say nothing.
        Assert.InRange(taken, Requests / 10, Requests);
    }

    /// <summary>The members at fault.</summary>
    private static string Members(Refusal refusal) => refusal.Details.TryGetValue("errors", out var errors)
        ? string.Join(' ', ((IEnumerable)errors!).Cast<object>().Select(Member).Order(StringComparer.Ordinal))
        : "";

    private static string Member(object pair) => pair.GetType().GetProperty("Key")!.GetValue(pair)!.ToString()!;

    /// <summary>Whether a request has an integer beyond 2^53-1, or a value of a tune that is not finite: the API answers that it cannot read those.</summary>
    private static bool HoldsUnreadableNumber(object? value) => value switch
    {
        null or string or TimeSpan or DateTimeOffset => false,
        long number => number is > MaxInteger or < -MaxInteger,
        IReadOnlyDictionary<string, double> values => values.Values.Any(number => !double.IsFinite(number)),
        IEnumerable items => items.Cast<object?>().Any(HoldsUnreadableNumber),
        _ when value.GetType().Namespace?.StartsWith("Orchestrator", StringComparison.Ordinal) == true && value is not (RunId or CommandId or ExperimentId or VersionId or Enum) =>
            value.GetType().GetProperties().Any(member => HoldsUnreadableNumber(member.GetValue(value))),
        ITuple tuple => Enumerable.Range(0, tuple.Length).Any(i => HoldsUnreadableNumber(tuple[i])),
        _ => false,
    };
}
