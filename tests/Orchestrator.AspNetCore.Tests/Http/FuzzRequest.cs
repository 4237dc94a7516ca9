using System.Text;
using System.Text.Json.Nodes;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>One request of the fuzz test: a valid one of some endpoint, bent in a few ways that a number decides.</summary>
internal sealed class FuzzRequest
{
    private static readonly string[] Ids =
    [
        "r1", "r2", "r3", "r4", "c1", "c2", "queued", "unknown", "a%20b", "%C3%A9", "%2e%2e", "x%2Fy", "..", "next", "claim", "%F0%9F%98%80", "A.b_c-d", new('i', 128), new('i', 129),
    ];

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1", "2", "1.5", "1e400", "-0", "9007199254740991", "9007199254740992", "2147483648", "99999999999999999999", "NaN", "-Infinity", "\"NaN\"",
        "\"\"", "\"r1\"", "\"c1\"", "\"running\"", "\"paused\"", "\"terminating\"", "\"queued\"", "\"failed\"", "\"pause\"", "\"resume\"", "\"tune\"", "\"terminate\"", "\"operator\"",
        "\"\\u0000\"", "\"\\ud800\"", "\"é\"", "\"2026-03-01T12:00:00Z\"", "[]", "{}", "[null]", "[\"c1\"]", "{\"\":1}", "{\"reason\":\"r\"}", "{\"learning_rate\":0.5}",
        "{\"type\":\"operator\",\"id\":\"ada\"}", "{\"a\":1,\"a\":2}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "{\"step\":30,\"loss\":NaN}",
    ];

    private static readonly string[] Members =
    [
        "id", "run_id", "status", "step", "loss", "samples_per_sec", "checkpoint_version", "attempt", "beat", "metrics", "notes", "type", "payload", "actor", "expires_at", "issued_at",
        "to_state", "final", "reason", "worker_id", "labels", "wait", "priority", "health_policy", "launch_manifest", "overrides", "resume_from", "expected_attempt", "outcome", "applied", "",
    ];

    private static readonly string[] Queries =
    [
        "commands=1", "commands=16", "commands=17", "commands=", "include=manifest", "include=x", "wait=0", "wait=0.5", "wait=2", "wait=61", "wait=x", "attempt=1", "attempt=0", "attempt=99999999999",
        "state=running", "state=x", "health=healthy", "health=", "experiment_id=e1", "experiment_id=%00", "label=team:red", "label=x", "label=%00:a", "created_after=2026-03-01T12:00:00Z",
        "created_before=x", "limit=1", "limit=0", "limit=500", "limit=-1", "cursor=x", "cursor=AAAAAAAAAAE", "cursor=AAAAAAAAAAA", "%00=%00", "a=b&a=c",
    ];

    private static readonly (string, string)[] Headers =
    [
        ("Idempotency-Key", "k1"), ("Idempotency-Key", "k2"), ("Idempotency-Key", ""), ("Idempotency-Key", "a b"), ("If-None-Match", "*"), ("If-None-Match", "W/\"1\""), ("If-None-Match", "x"),
        ("Accept", "text/html"), ("Accept-Encoding", "gzip"), ("Expect", "100-continue"), ("X-Forwarded-For", "not an address"), ("User-Agent", "a(b"),
    ];

    private static readonly string?[] ContentTypes = ["application/json; charset=utf-8", "APPLICATION/JSON", "text/plain", "application/jsonx", null, "application/json;;;", "multipart/form-data"];

    private readonly Random _random;

    /// <param name="seed">Decides everything.</param>
    public FuzzRequest(int seed)
    {
        _random = new Random(seed);
        var sample = Pick([.. SampleRequests.ByOperation.Values]);
        Method = Chance(30) ? Pick(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) : sample.Method;
        Path = BendPath(sample.Path);
        Body = Method is "GET" or "HEAD" ? null : BendBody(sample.Body);
        ContentType = Chance(12) ? Pick(ContentTypes) : "application/json";
        IsChunked = Chance(6);
        Added = [.. Enumerable.Range(0, Chance(3) ? _random.Next(1, 3) : 0).Select(_ => Pick(Headers)).DistinctBy(header => header.Item1)];
    }

    public string Method { get; }

    public string Path { get; }

    public byte[]? Body { get; }

    public string? ContentType { get; }

    public bool IsChunked { get; }

    public (string Name, string Value)[] Added { get; }

    public HttpContent? ToContent()
    {
        if (Body is null)
        {
            return null;
        }

        var content = new ByteArrayContent(Body);
        if (ContentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        }

        return IsChunked ? new ChunkedContent(content, _random.Next(1, 500)) : content;
    }

    public override string ToString() =>
        $"{Method} {Path} [{ContentType}{(IsChunked ? ", chunked" : "")}] {string.Join(", ", Added)} {(Body is null ? "" : Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 500))))}";

    private string BendPath(string path)
    {
        var parts = path.Split('?');
        var segments = parts[0].Split('/');
        for (var i = 1; i < segments.Length; i++)
        {
            if (segments[i] is "r1" or "c1")
            {
                segments[i] = Chance(4) ? Pick(Ids) : segments[i] == "r1" ? $"r{_random.Next(1, 5)}" : $"c{_random.Next(1, 3)}";
            }
        }

        var queries = parts.Skip(1).Where(_ => !Chance(4)).Concat(Enumerable.Range(0, Chance(3) ? _random.Next(1, 4) : 0).Select(_ => Pick(Queries))).ToArray();
        return string.Join('/', segments) + (queries.Length == 0 ? "" : "?" + string.Join('&', queries));
    }

    private byte[] BendBody(string? json)
    {
        json ??= "{}";
        switch (_random.Next(10))
        {
            case 0:
                var garbage = new byte[_random.Next(0, 200)];
                _random.NextBytes(garbage);
                return garbage;
            case 1:
                var bytes = Encoding.UTF8.GetBytes(json);
                for (var i = _random.Next(1, 4); i > 0; i--)
                {
                    bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
                }

                return bytes;
            case 2:
                return Encoding.UTF8.GetBytes(json[.._random.Next(json.Length)]);
            case 3:
                return Encoding.UTF8.GetBytes(json.PadRight(_random.Next(30_000, 40_000)));
            case 4:
                return Encoding.UTF8.GetBytes(Pick(Values));
            case 5 or 6:
                return Encoding.UTF8.GetBytes(json.Replace("r1", $"r{_random.Next(1, 5)}", StringComparison.Ordinal));
            default:
                return Encoding.UTF8.GetBytes(BendMembers(json));
        }
    }

    /// <summary>Changes members of an object, or of the objects of an array, as text: what is written need not be JSON any more.</summary>
    private string BendMembers(string json)
    {
        if (JsonNode.Parse(json) is JsonArray array)
        {
            return $"[{string.Join(',', array.Select(item => BendMembers(item!.ToJsonString())))}]";
        }

        var members = JsonNode.Parse(json)!.AsObject().Select(member => (Name: member.Key, Json: member.Value?.ToJsonString() ?? "null")).ToList();
        if (members.FindIndex(member => member.Json.StartsWith('{')) is >= 0 and var nested && Chance(3))
        {
            members[nested] = (members[nested].Name, BendMembers(members[nested].Json));
        }

        for (var i = _random.Next(0, 4); i > 0; i--)
        {
            switch (_random.Next(4))
            {
                case 0 when members.Count > 0:
                    members.RemoveAt(_random.Next(members.Count));
                    break;
                case 1 when members.Count > 0:
                    members.Add(Pick(members));
                    break;
                case 2:
                    members.Add((Pick(Members), Pick(Values)));
                    break;
                default:
                    if (members.Count > 0)
                    {
                        var at = _random.Next(members.Count);
                        members[at] = (members[at].Name, Pick(Values));
                    }

                    break;
            }
        }

        return $"{{{string.Join(',', members.Select(member => $"\"{member.Name}\":{member.Json}"))}}}";
    }

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}
