using System.Text;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Http;

/// <summary>
/// A request with a heartbeat of one run, or of many, whose bytes are made once: ids and steps have a fixed width, and only they are written anew.
/// </summary>
internal sealed class HeartbeatRequest
{
    private const string Step = "1000000000";

    private readonly byte[] _bytes;
    private readonly int[] _ids;
    private readonly int[] _steps;

    private HeartbeatRequest(byte[] bytes)
    {
        _bytes = bytes;
        _ids = [.. Find(Runs.Prefix)];
        _steps = [.. Find(Step)];
    }

    /// <summary>Of one run: <c>POST /runs/{id}/heartbeat</c>.</summary>
    public static HeartbeatRequest Single() => new(Requests.Post($"{Requests.Prefix}/runs/{Runs.IdOf(0)}/heartbeat", Body(0)));

    /// <summary>Of many: <c>POST /heartbeats</c>.</summary>
    public static HeartbeatRequest Batch(int size) =>
        new(Requests.Post($"{Requests.Prefix}/heartbeats", $"[{string.Join(',', Enumerable.Range(0, size).Select(Body))}]"));

    /// <summary>The request with the next step of each of these runs, until it is made again.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="first">The first of as many as the request has heartbeats.</param>
    public ReadOnlyMemory<byte> Next(Runs runs, int first)
    {
        for (var i = 0; i < _steps.Length; i++)
        {
            runs.NextStep(first + i).TryFormat(_bytes.AsSpan(_steps[i], Step.Length), out _, "D10", null);
        }

        // One run stands twice in the request that is its own: in the path and in the body.
        for (var i = 0; i < _ids.Length; i++)
        {
            (first + (i * _steps.Length / _ids.Length)).TryFormat(_bytes.AsSpan(_ids[i] + Runs.Prefix.Length, Runs.Digits), out _, "D" + Runs.Digits, null);
        }

        return _bytes;
    }

    private static string Body(int run) =>
        $$"""{"run_id":"{{Runs.IdOf(run)}}","status":"running","step":{{Step}},"samples_per_sec":812.5,"loss":0.42,"checkpoint_version":1}""";

    private IEnumerable<int> Find(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var from = 0; _bytes.AsSpan(from).IndexOf(bytes) is >= 0 and var at; from += at + 1)
        {
            yield return from + at;
        }
    }
}
