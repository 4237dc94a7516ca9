using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>The forms in which a body may be written: integers with a zero fraction or an exponent, encodings, a byte order mark.</summary>
public sealed class BodyFormTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly TestHost _host = shared.Host;

    [Theory]
    [InlineData("1001.0", 1_001)]
    [InlineData("1e3", 1_000)]
    [InlineData("1E+3", 1_000)]
    [InlineData("1.5e1", 15)]
    [InlineData("1500e-2", 15)]
    [InlineData("0.0", 0)]
    [InlineData("0e99999999999", 0)]
    [InlineData("-0.0", 0)]
    [InlineData("9007199254740991.000", 9_007_199_254_740_991)]
    public async Task An_integer_may_have_a_zero_fraction_or_an_exponent(string sent, long read)
    {
        var run = await _host.CreateRunAsync(shared.NewId());

        var reply = await _host.BeatAsync(run, ("step", sent), ("checkpoint_version", sent), ("attempt", "1.0"), ("beat", "7.0"));

        Assert.Equal((read, read), (reply.Is(200)["current_step"].GetInt64(), reply["checkpoint_version"].GetInt64()));
    }

    [Theory]
    [InlineData("1001.5")]
    [InlineData("1e-3")]
    [InlineData("1.05e1")]
    [InlineData("1001.00000000000000000000000000000000001")]
    [InlineData("1e-400")]
    [InlineData("9007199254740991.5")]
    [InlineData("9007199254740992.0")]
    [InlineData("1e16")]
    [InlineData("1e99999999999")]
    public async Task A_number_that_is_no_integer_in_range_is_400_for_one(string sent)
    {
        var run = await _host.CreateRunAsync(shared.NewId());

        (await _host.BeatAsync(run, ("step", sent))).Refused(400, "invalid_json");
    }

    [Fact]
    public async Task Every_integer_of_every_body_may_have_a_zero_fraction()
    {
        var run = shared.NewId();
        var created = await _host.PostAsync("runs", $$"""{"id":"{{run}}","experiment_id":"e","version_id":"v","priority":3.0}""");
        Assert.Equal(3, created.Is(201)["priority"].GetInt32());
        (await _host.PostAsync("heartbeats", $"[{Beats.Valid(run, ("step", "5e0"))}]")).Is(200);
        (await _host.CommandAsync("pause", "c1", run: run)).Is(202);
        Assert.Equal("c1", (await _host.NextAsync("?attempt=1.0&wait=0.0", run)).Is(200)["id"].GetString());
        (await _host.AckAsync("c1", """{"step":5.0,"attempt":1.0}""", run)).Is(200);
        (await _host.StartAttemptAsync(run, ""","expected_attempt":1.0,"resume_from":{"step":5.0,"checkpoint_version":0e0}""")).Is(201);
        (await _host.MoveAsync(run, "failed", ""","attempt":2.0,"final":{"step":7.0,"checkpoint_version":1.0}""")).Is(200);

        Assert.Equal(7, (await _host.GetAsync($"runs/{run}"))["current_step"].GetInt64());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity, gzip")]
    public async Task A_content_encoding_is_415_and_says_what_is_accepted(string encoding)
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        foreach (var (path, body) in new[] { ($"runs/{run}/heartbeat", Beats.Valid(run)), ($"runs/{run}/commands/c/ack", "{}"), ("runs", "{}") })
        {
            var content = TestHost.Json(body);
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

            var reply = (await _host.SendAsync(HttpMethod.Post, path, content)).Refused(415, "unsupported_media_type");

            Assert.Equal("identity", reply.Headers["Accept-Encoding"]);
        }
    }

    [Fact]
    public async Task A_compressed_body_is_415_and_not_called_unreadable()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Beats.Valid(run)));
        }

        var content = new ByteArrayContent(compressed.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");

        (await _host.SendAsync(HttpMethod.Post, $"runs/{run}/heartbeat", content)).Refused(415, "unsupported_media_type");
    }

    [Fact]
    public async Task The_identity_encoding_and_a_byte_order_mark_are_passed_over()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        var content = TestHost.Json("\uFEFF" + Beats.Valid(run, ("loss", "NaN")));
        content.Headers.TryAddWithoutValidation("Content-Encoding", "Identity");

        (await _host.SendAsync(HttpMethod.Post, $"runs/{run}/heartbeat", content)).Is(200);
        (await _host.PostAsync("heartbeats", $"\uFEFF[{Beats.Valid(run)}]")).Is(200);
        (await _host.PostAsync($"runs/{run}/heartbeat", "\uFEFF\uFEFF" + Beats.Valid(run))).Refused(400, "invalid_json");
    }

    [Theory]
    [InlineData(4_096)]
    [InlineData(4_097)]
    [InlineData(30_000)]
    public async Task Long_text_of_a_worker_is_cut_and_never_refused(int length)
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        var text = new string('n', length);
        var kept = length > 4_096 ? new string('n', 4_095) + "…" : text;

        Assert.Equal(kept, (await _host.BeatAsync(run, ("notes", JsonSerializer.Serialize(text)))).Is(200)["status_message"].GetString());

        var ended = await _host.MoveAsync(run, "failed", $",\"status_message\":{JsonSerializer.Serialize(text)}");
        Assert.Equal(kept, ended.Is(200)["status_message"].GetString());
    }

    [Fact]
    public async Task A_cut_never_leaves_half_a_surrogate_pair()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        var text = new string('n', 4_094) + "😂 and more";

        var reply = await _host.BeatAsync(run, ("notes", JsonSerializer.Serialize(text)));

        Assert.Equal(new string('n', 4_094) + "…", reply.Is(200)["status_message"].GetString());
    }
}
