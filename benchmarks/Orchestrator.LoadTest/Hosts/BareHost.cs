using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>
/// What the server does without an orchestrator: reads a heartbeat and answers with a text that stands fixed (the JSON echo), and lets a request wait until
/// another one releases it.
/// </summary>
internal static class BareHost
{
    private const string Json = "application/json";

    // As long as the orchestrator's own answer to the same heartbeat.
    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """
        {"id":"run-000000","experiment_id":"experiment","version_id":"version","state":"running","status_message":null,"priority":0,"labels":{},"health_policy":null,"attempt":1,"worker_id":null,"runtime_status":"running","health_status":"healthy","health_changed_at":null,"snoozed_until":null,"last_heartbeat_at":"2026-01-01T00:00:00.000000Z","last_refusal":null,"current_step":1000000000,"samples_per_sec":812.5,"loss":0.42,"checkpoint_version":1,"checkpoint_uri":null,"metrics":null,"tuned":{},"started_at":"2026-01-01T00:00:00.000000Z","ended_at":null,"end_reason":null,"created_by":null,"created_at":"2026-01-01T00:00:00.000000Z","updated_at":"2026-01-01T00:00:00.000000Z","revision":2,"heartbeats":1}
        """);

    private static readonly ConcurrentDictionary<string, TaskCompletionSource> Parked = new();

    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.MapPost("/api/v1/runs/{id}/heartbeat", EchoAsync);
        app.MapGet("/park/{id}", ParkAsync);
        app.MapPost("/release/{id}", ReleaseAsync);
        return app;
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var heartbeat = await ReadAsync(context.Request.BodyReader);
        context.Response.StatusCode = heartbeat is { RunId: not null, Step: >= 0 } ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        await AnswerAsync(context);
    }

    private static async ValueTask<EchoedHeartbeat?> ReadAsync(PipeReader reader)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.IsCompleted)
            {
                var heartbeat = Parse(new Utf8JsonReader(read.Buffer));
                reader.AdvanceTo(read.Buffer.End);
                return heartbeat;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        static EchoedHeartbeat? Parse(Utf8JsonReader json) => JsonSerializer.Deserialize(ref json, HostJson.Default.EchoedHeartbeat);
    }

    private static async Task ParkAsync(HttpContext context)
    {
        var id = IdOf(context);
        await SlotOf(id).Task;
        Parked.TryRemove(id, out _);
        await AnswerAsync(context);
    }

    private static Task ReleaseAsync(HttpContext context)
    {
        SlotOf(IdOf(context)).TrySetResult();
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return AnswerAsync(context);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = Json;
        context.Response.ContentLength = Answer.Length;
        await context.Response.BodyWriter.WriteAsync(Answer);
    }

    private static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    private static TaskCompletionSource SlotOf(string id) =>
        Parked.GetOrAdd(id, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>The members of a heartbeat that the load test sends.</summary>
internal sealed class EchoedHeartbeat
{
    public string? RunId { get; set; }

    public string? Status { get; set; }

    public long? Step { get; set; }

    public double? SamplesPerSec { get; set; }

    public double? Loss { get; set; }

    public long? CheckpointVersion { get; set; }
}
