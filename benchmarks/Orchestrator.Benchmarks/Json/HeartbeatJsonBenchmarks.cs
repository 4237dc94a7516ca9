using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Heartbeats;

namespace Orchestrator.Benchmarks.Json;

/// <summary>The body of a heartbeat, from bytes to the request.</summary>
[MemoryDiagnoser]
public class HeartbeatJsonBenchmarks
{
    private static readonly RunId Run = RunId.Parse("0192f0c4-7d5e-7a11-b3c4-5d6e7f809102");

    private readonly byte[] _json = Encoding.UTF8.GetBytes(
        $$"""{"run_id":"{{Run}}","status":"running","step":123456,"samples_per_sec":812.5,"loss":0.42,"checkpoint_version":7,"attempt":1,"beat":99}""");

    [GlobalSetup]
    public void Setup()
    {
        if (BareReader() != Body() || SourceGenerated() is null)
        {
            throw new InvalidOperationException("The ways to read a heartbeat do not agree.");
        }
    }

    /// <summary>The floor: a reader, by hand, that knows the members and checks nothing else.</summary>
    [Benchmark(Baseline = true)]
    public Heartbeat BareReader()
    {
        var json = new Utf8JsonReader(_json);
        var (run, status) = (default(RunId), default(RuntimeStatus?));
        var (step, checkpoint, beat, attempt) = (0L, 0L, 0L, 0);
        var (throughput, loss) = (0.0, 0.0);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("run_id"u8))
            {
                json.Read();
                run = json.ValueTextEquals(Run.Value) ? Run : default;
            }
            else if (json.ValueTextEquals("status"u8))
            {
                json.Read();
                status = json.ValueTextEquals("running"u8) ? RuntimeStatus.Running : null;
            }
            else if (json.ValueTextEquals("step"u8))
            {
                json.Read();
                step = json.GetInt64();
            }
            else if (json.ValueTextEquals("samples_per_sec"u8))
            {
                json.Read();
                throughput = json.GetDouble();
            }
            else if (json.ValueTextEquals("loss"u8))
            {
                json.Read();
                loss = json.GetDouble();
            }
            else if (json.ValueTextEquals("checkpoint_version"u8))
            {
                json.Read();
                checkpoint = json.GetInt64();
            }
            else if (json.ValueTextEquals("attempt"u8))
            {
                json.Read();
                attempt = json.GetInt32();
            }
            else if (json.ValueTextEquals("beat"u8))
            {
                json.Read();
                beat = json.GetInt64();
            }
        }

        return new Heartbeat
        {
            RunId = run,
            Status = status,
            Step = step,
            SamplesPerSec = throughput,
            Loss = loss,
            CheckpointVersion = checkpoint,
            Attempt = attempt,
            Beat = beat,
        };
    }

    /// <summary>What the source generator makes of the same, alone.</summary>
    [Benchmark]
    public object? SourceGenerated() => JsonSerializer.Deserialize(_json, HeartbeatsJson.Default.HeartbeatRequest);

    /// <summary>As the endpoint does: bare NaN, UTF-8, members, ranges, and the request.</summary>
    [Benchmark]
    public Heartbeat Body() => BareNumbers.Parse(
        _json, BarePlaces.Heartbeat, static json => BodyJson.Parse(json, HeartbeatsJson.Default.HeartbeatRequest)).Value.ToHeartbeat(Run);
}
