using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Orchestrator.AspNetCore.Runs;

namespace Orchestrator.Benchmarks.Json;

/// <summary>The answer to a heartbeat, from the run to bytes.</summary>
[MemoryDiagnoser]
public class RunJsonBenchmarks
{
    private static readonly ArrayBufferWriter<byte> Buffer = new(1_024);
    private static readonly Utf8JsonWriter Writer = new(Buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    private Run _run = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        var host = new Host();
        var id = await host.StartRunAsync("run");
        _run = (await host.Orchestrator.Heartbeats.ReportAsync(id, Host.Beat(id, 1))).Value.Run;
        await host.StopAsync();
        BareWriter();
        var bare = Buffer.WrittenSpan.ToArray();
        Body();
        if (!Buffer.WrittenSpan.SequenceEqual(bare))
        {
            throw new InvalidOperationException("The ways to write a run do not agree.");
        }
    }

    /// <summary>The floor: a writer, by hand, for a run without labels, metrics and tuned values.</summary>
    [Benchmark(Baseline = true)]
    public int BareWriter()
    {
        Begin();
        Writer.WriteStartObject();
        Writer.WriteString("id"u8, _run.Id.Value);
        Writer.WriteString("experiment_id"u8, _run.ExperimentId.Value);
        Writer.WriteString("version_id"u8, _run.VersionId.Value);
        Writer.WriteString("state"u8, _run.State.ToWireName());
        Writer.WriteNull("status_message"u8);
        Writer.WriteNumber("priority"u8, _run.Priority);
        Writer.WriteStartObject("labels"u8);
        Writer.WriteEndObject();
        Writer.WriteNull("health_policy"u8);
        Writer.WriteNumber("attempt"u8, _run.Attempt);
        Writer.WriteNull("worker_id"u8);
        Writer.WriteString("runtime_status"u8, _run.RuntimeStatus!.Value.ToWireName());
        Writer.WriteString("health_status"u8, _run.HealthStatus.ToWireName());
        Writer.WriteNull("health_changed_at"u8);
        Writer.WriteNull("snoozed_until"u8);
        WriteTime("last_heartbeat_at"u8, _run.LastHeartbeatAt!.Value);
        Writer.WriteNull("last_refusal"u8);
        Writer.WriteNumber("current_step"u8, _run.CurrentStep);
        Writer.WriteNumber("samples_per_sec"u8, _run.SamplesPerSec!.Value);
        Writer.WriteNumber("loss"u8, _run.Loss!.Value);
        Writer.WriteNumber("checkpoint_version"u8, _run.CheckpointVersion);
        Writer.WriteNull("checkpoint_uri"u8);
        Writer.WriteNull("metrics"u8);
        Writer.WriteStartObject("tuned"u8);
        Writer.WriteEndObject();
        WriteTime("started_at"u8, _run.StartedAt!.Value);
        Writer.WriteNull("ended_at"u8);
        Writer.WriteNull("end_reason"u8);
        Writer.WriteNull("created_by"u8);
        WriteTime("created_at"u8, _run.CreatedAt);
        WriteTime("updated_at"u8, _run.UpdatedAt);
        Writer.WriteNumber("revision"u8, _run.Revision);
        Writer.WriteNumber("heartbeats"u8, _run.Heartbeats);
        Writer.WriteEndObject();
        return End();
    }

    /// <summary>As the endpoint of heartbeats does, for any run.</summary>
    [Benchmark]
    public int Body()
    {
        Begin();
        RunWriter.Write(Writer, _run);
        return End();
    }

    /// <summary>As other endpoints do: a response, and what the source generator makes of it.</summary>
    [Benchmark]
    public int Response()
    {
        Begin();
        JsonSerializer.Serialize(Writer, RunResponse.From(_run), RunsJson.Default.RunResponse);
        return End();
    }

    private void Begin()
    {
        Buffer.ResetWrittenCount();
        Writer.Reset(Buffer);
    }

    private int End()
    {
        Writer.Flush();
        return Buffer.WrittenCount;
    }

    private void WriteTime(ReadOnlySpan<byte> name, DateTimeOffset time) =>
        Writer.WriteString(name, new DateTime(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc));
}
