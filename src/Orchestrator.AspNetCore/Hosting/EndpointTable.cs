using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Commands;
using Orchestrator.AspNetCore.Events;
using Orchestrator.AspNetCore.Heartbeats;
using Orchestrator.AspNetCore.Runs;
using static Orchestrator.AspNetCore.Hosting.Audience;
using static Orchestrator.RefusalCode;

namespace Orchestrator.AspNetCore.Hosting;

/// <summary>Every endpoint, in one place.</summary>
internal static class EndpointTable
{
    private const string Get = "GET";
    private const string Post = "POST";

    /// <summary>The query of a list of what belongs to a run.</summary>
    private static readonly Delegate Page = (
        [FromQuery, Description("Items a page."), Range(1, 1000), DefaultValue(1000)] int? limit,
        [FromQuery, Description("next_cursor of the page before.")] string? cursor,
        [FromQuery, Description("asc: oldest first. desc: newest first."), DefaultValue("asc")] string? order) =>
    { };

    /// <summary>The query of a poll for the next command.</summary>
    private static readonly Delegate Poll = (
        [FromQuery, Description("Seconds to wait for a command."), Range(0, 60), DefaultValue(0.0)] double? wait,
        [FromQuery, Description("The attempt that the worker executes.")] int? attempt,
        [FromQuery, Description("The hand-over that the worker executes, from the answer to its claim.")] string? claim_id) =>
    { };

    public static IReadOnlyList<EndpointRow> Create(IOrchestrator orchestrator, OrchestratorOptions options) =>
    [
        .. OfRuns(new RunEndpoints(orchestrator.Runs), new RunListEndpoint(orchestrator.Runs)),
        .. OfHeartbeats(
            new HeartbeatEndpoint(orchestrator, options.Heartbeats),
            new HeartbeatBatchEndpoint(orchestrator.Heartbeats, options.Heartbeats)),
        .. OfCommands(new CommandEndpoints(orchestrator.Commands)),
        .. OfEvents(new EventEndpoints(orchestrator)),
        .. OfAudit(new AuditEndpoints(orchestrator.Audit)),
    ];

    private static IEnumerable<EndpointRow> OfRuns(RunEndpoints runs, RunListEndpoint list) =>
    [
        new(Operators, Post, "/runs", "createRun", "Create a run", runs.CreateAsync)
        {
            Tag = "Runs",
            Answers = [(201, typeof(RunResponse), "Created."), (200, typeof(RunResponse), "It existed, with the same content.")],
            Signature = ([FromBody] CreateRunRequest body) => { },
            HasBody = true,
            IsIdempotent = true,
            Refusals = [RunIdConflict],
        },
        new(Viewers, Get, "/runs", "listRuns", "List runs, newest first", list.ListAsync)
        {
            Tag = "Runs",
            Answers = [(200, typeof(RunListResponse), "A page of runs.")],
            AnswersHead = true,
            Signature = (
                [FromQuery, Description("Any of these states.")] string[]? state,
                [FromQuery, Description("Any of these health statuses.")] string[]? health,
                [FromQuery, Description("Any of these experiments.")] string[]? experiment_id,
                [FromQuery, Description("All of these labels, each key:value.")] string[]? label,
                [FromQuery, Description("Created later than this.")] DateTimeOffset? created_after,
                [FromQuery, Description("Created earlier than this.")] DateTimeOffset? created_before,
                [FromQuery, Description("Runs a page."), Range(1, 500), DefaultValue(50)] int? limit,
                [FromQuery, Description("next_cursor of the page before.")] string? cursor,
                [FromQuery, Description("manifest: with launch_manifest and overrides.")] string? include,
                [FromQuery, Description("null: a number that is not finite is null, not a string.")] string? non_finite) => { },
            Refusals = [ValidationFailed, CursorExpired],
        },
        new(Workers, Post, "/runs/claim", "claimRun", "Claim a queued run", runs.ClaimAsync)
        {
            Tag = "Runs",
            Answers = [(200, typeof(ClaimResponse), "The run is the caller's."), (204, typeof(void), "There was none in time.")],
            Signature = ([FromBody] ClaimRunRequest body) => { },
            HasBody = true,
            IsIdempotent = true,
            Refusals = [StaleAttempt, RunNotFound, InvalidState],
        },
        new(Viewers, Get, "/runs/{id}", "getRun", "Read a run", runs.GetAsync)
        {
            Tag = "Runs",
            Answers = [(200, typeof(RunResponse), "The run."), (304, typeof(void), "Not changed but for heartbeats since the ETag.")],
            AnswersHead = true,
            Signature = (
                [FromQuery, Description("null: a number that is not finite is null, not a string.")] string? non_finite,
                [FromHeader(Name = "If-None-Match"), Description("The ETag of an answer before.")] string? tag) => { },
        },
        new(Workers, Post, "/runs/{id}/transitions", "moveRun", "Move a run to a state", runs.MoveAsync)
        {
            Tag = "Runs",
            IgnoresUnknown = true,
            Answers = [(200, typeof(RunResponse), "The run as it now stands.")],
            Signature = ([FromBody] MoveRunRequest body) => { },
            HasBody = true,
            IsIdempotent = true,
            Refusals = [InvalidTransition, StaleAttempt, UnknownAttempt, StepRegression, CheckpointRegression],
        },
        new(Viewers, Get, "/runs/{id}/transitions", "listTransitions", "Read the transitions of a run, oldest first", runs.ListTransitionsAsync)
        {
            Tag = "Runs",
            Answers = [(200, typeof(TransitionListResponse), "A page of the transitions.")],
            AnswersHead = true,
            Signature = Page,
        },
        new(Operators, Post, "/runs/{id}/attempts", "startAttempt", "Begin a new attempt", runs.StartAttemptAsync)
        {
            Tag = "Runs",
            Answers = [(201, typeof(RunResponse), "The attempt began."), (200, typeof(RunResponse), "It began before, by this idempotency key.")],
            Signature = ([FromBody] StartAttemptRequest body) => { },
            HasBody = true,
            IsIdempotent = true,
            Refusals = [StaleAttempt, InvalidTransition],
        },
        new(Operators, Post, "/runs/{id}/snooze", "snoozeRun", "Give a run more time", runs.SnoozeAsync)
        {
            Tag = "Runs",
            Answers = [(200, typeof(RunResponse), "The run as it now stands.")],
            Signature = ([FromBody] SnoozeRunRequest body) => { },
            HasBody = true,
            IsIdempotent = true,
            Refusals = [RunEnded],
        },
    ];

    private static IEnumerable<EndpointRow> OfHeartbeats(HeartbeatEndpoint single, HeartbeatBatchEndpoint batch) =>
    [
        new(Workers, Post, "/runs/{id}/heartbeat", "reportHeartbeat", "Report a heartbeat", single.ReportAsync)
        {
            Tag = "Heartbeats",
            IgnoresUnknown = true,
            Answers =
            [
                (200, typeof(RunResponse), "The run as it now is; with commands in the query, { run, commands }."),
                (202, typeof(NotStoredResponse), "Not stored: only where the host is tolerant, and instead of 429 or 503."),
            ],
            Signature = (
                [FromQuery, Description("How many commands to deliver with the answer."), Range(0, 16)] int? commands,
                [FromQuery, Description("manifest: with launch_manifest and overrides.")] string? include,
                [FromBody] HeartbeatRequest body) => { },
            HasBody = true,
            Refusals = [RunIdMismatch, RunEnded, StaleAttempt, UnknownAttempt, AttemptRequired, StepRegression, CheckpointRegression, HeartbeatThrottled],
        },
        new(Workers, Post, "/heartbeats", "reportHeartbeats", "Report up to 1,000 heartbeats", batch.ReportAsync)
        {
            Tag = "Heartbeats",
            IgnoresUnknown = true,
            Answers = [(200, typeof(HeartbeatBatchResponse), "What became of each, in their order.")],
            Signature = ([FromBody] List<HeartbeatRequest> body) => { },
            HasBody = true,
        },
    ];

    private static IEnumerable<EndpointRow> OfCommands(CommandEndpoints commands) =>
    [
        new(Operators, Post, "/runs/{id}/commands", "sendCommand", "Give a command to a run", commands.EnqueueAsync)
        {
            Tag = "Commands",
            Answers = [(202, typeof(CommandResponse), "Accepted."), (200, typeof(CommandResponse), "It existed, with the same content.")],
            Signature = ([FromBody] CommandRequest body) => { },
            HasBody = true,
            IsIdempotent = true,
            Refusals = [CommandIdConflict, InvalidState, QueueFull],
        },
        new(Viewers, Get, "/runs/{id}/commands", "listCommands", "Read the commands of a run, by sequence", commands.ListAsync)
        {
            Tag = "Commands",
            Answers = [(200, typeof(CommandListResponse), "A page of the commands.")],
            AnswersHead = true,
            Signature = Page,
        },
        new(Workers, Post, "/runs/{id}/commands/next", "takeNextCommand", "Take the next command", commands.NextAsync)
        {
            Tag = "Commands",
            IgnoresUnknown = true,
            RefusesForeignPages = true,
            Answers = [(200, typeof(CommandResponse), "The command, delivered."), (204, typeof(void), "There was none in time.")],
            Signature = Poll,
            Refusals = [ValidationFailed, RunEnded, StaleAttempt, UnknownAttempt],
        },
        new(Workers, Get, "/runs/{id}/commands/next", "nextCommand", "Take the next command, as POST does", commands.NextAsync)
        {
            Tag = "Commands",
            IgnoresUnknown = true,
            RefusesForeignPages = true,
            Answers = [(200, typeof(CommandResponse), "The command, delivered."), (204, typeof(void), "There was none in time.")],
            Signature = Poll,
            Refusals = [ValidationFailed, RunEnded, StaleAttempt, UnknownAttempt],
        },
        new(Viewers, Get, "/runs/{id}/commands/{command_id}", "getCommand", "Read a command", commands.GetAsync)
        {
            Tag = "Commands",
            Answers = [(200, typeof(CommandResponse), "The command.")],
            AnswersHead = true,
            Refusals = [CommandNotFound],
        },
        new(Workers, Post, "/runs/{id}/commands/{command_id}/ack", "acknowledgeCommand", "Acknowledge a command", commands.AcknowledgeAsync)
        {
            Tag = "Commands",
            IgnoresUnknown = true,
            RefusesForeignPages = true,
            Answers = [(200, typeof(CommandResponse), "The command as it now stands.")],
            Signature = ([FromBody] AcknowledgementRequest? body) => { },
            HasBody = true,
            IsIdempotent = true,
            Refusals = [CommandNotFound, AckConflict, StaleAttempt, UnknownAttempt],
        },
    ];

    private static IEnumerable<EndpointRow> OfEvents(EventEndpoints events)
    {
        const string stream = "text/event-stream";
        var signature = (
            [FromQuery, Description("Only these types, with commas between.")] string? types,
            [FromQuery, Description("As Last-Event-ID, for callers that cannot send a header; the header comes first.")] string? after,
            [FromHeader(Name = EventEndpoints.LastEventId), Description("The id of the event after which to go on; 0 for all that are kept. Absent: from now on.")] string? lastEventId) =>
        { };
        return
        [
            new(Viewers, Get, "/events", "followEvents", "Follow the events of all runs", events.FollowAsync)
            {
                Tag = "Events",
                Answers = [(200, typeof(string), "Server-sent events, until the caller goes away or the host stops.")],
                AnswerType = stream,
                Signature = signature,
                Refusals = [ValidationFailed, CursorExpired],
            },
            new(Viewers, Get, "/runs/{id}/events", "followRunEvents", "Follow the events of a run", events.FollowRunAsync)
            {
                Tag = "Events",
                Answers = [(200, typeof(string), "Server-sent events, until the caller goes away or the host stops.")],
                AnswerType = stream,
                Signature = signature,
                Refusals = [ValidationFailed, CursorExpired],
            },
        ];
    }

    private static IEnumerable<EndpointRow> OfAudit(AuditEndpoints audit) =>
    [
        new(Viewers, Get, "/runs/{id}/audit", "listAudit", "Read the audit chain of a run", audit.ListAsync)
        {
            Tag = "Audit",
            Answers = [(200, typeof(AuditListResponse), "A page of the entries.")],
            AnswersHead = true,
            Signature = Page,
        },
        new(Viewers, Get, "/runs/{id}/audit/verify", "verifyAudit", "Recompute the audit chain of a run", audit.VerifyAsync)
        {
            Tag = "Audit",
            Answers = [(200, typeof(AuditVerdictResponse), "What was found.")],
            AnswersHead = true,
        },
    ];
}
