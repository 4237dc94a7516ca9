using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Redis.Shards;
using StackExchange.Redis;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Versions;

/// <summary>A Redis that a host of a newer version uses as well.</summary>
public sealed class NewerVersionTests : IAsyncLifetime
{
    private readonly RedisStoreOptions _options = new() { Prefix = $"newer:{Guid.NewGuid():N}:" };
    private readonly RedisRunStore _store;
    private readonly ShardMap _shards;
    private ConnectionMultiplexer? _connection;

    public NewerVersionTests()
    {
        _shards = new ShardMap(_options.Prefix, _options.Shards);
        _store = new RedisRunStore(ConfigurationOptions.Parse(Server.Node), _options, NullLoggerFactory.Instance);
    }

    private IDatabase Database => _connection!.GetDatabase();

    public async ValueTask InitializeAsync() => _connection = await ConnectionMultiplexer.ConnectAsync(Server.Node);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _connection!.DisposeAsync();
    }

    [Fact]
    public async Task Members_and_fields_that_a_newer_version_added_keep_their_values_through_every_write_of_this_one()
    {
        var head = await _store.StoreAsync(Creation(Head("run") with { Termination = new Termination(Start, Acknowledged: false) }));
        await _store.StoreAsync(Changing(head, with: change => change with { Commands = [Command(head.Id, 1)] }));
        var key = _shards.KeyOf(head.Id);
        await EditAsync(key, "head", json => (json["newer"], json["termination"]!["newer"]) = (1.5, new JsonArray("x", null)));
        await EditAsync(key.Append(":c"), "1", json => (json["newer"], json["actor"]!["newer"]) = ("y", true));
        await Database.HashSetAsync(key, "newer", "kept");
        await Database.HashSetAsync(key.Append(":p"), "newer", "kept");

        var view = (await _store.LoadAsync("run"))!;
        await _store.CommitAsync(Beating(view.Head, Beat(head.Id, 1, Start)));
        await _store.StoreAsync(Changing(
            view.Head,
            running => running with { State = RunState.Terminating, Termination = running.Termination! with { Acknowledged = true } },
            change => change with { Progress = RunProgress.None with { CurrentStep = 2 }, Commands = [view.Live[0] with { Status = CommandStatus.Delivered }] }));

        var rewritten = await ReadAsync(key, "head");
        Assert.Equal(("terminating", 1.5), ((string?)rewritten["state"], (double?)rewritten["newer"]));
        var termination = JsonNode.Parse("""{"accepted_at":"2026-01-31T12:00:00+00:00","acknowledged":true,"newer":["x",null]}""");
        Assert.True(JsonNode.DeepEquals(termination, rewritten["termination"]), rewritten["termination"]!.ToJsonString());
        var command = await ReadAsync(key.Append(":c"), "1");
        Assert.Equal(("delivered", "y", true), ((string?)command["status"], (string?)command["newer"], (bool?)command["actor"]!["newer"]));
        Assert.Equal("kept", (string?)await Database.HashGetAsync(key, "newer"));
        Assert.Equal("kept", (string?)await Database.HashGetAsync(key.Append(":p"), "newer"));
        Assert.Equal(2, (await _store.LoadAsync("run"))!.Progress.CurrentStep);
    }

    [Fact]
    public async Task Events_that_a_newer_version_wrote_are_read_with_their_places_and_no_page_ends_at_them()
    {
        var head = await _store.StoreAsync(Creation(Head("run")).Telling(1, 2));
        for (var sequence = 3; sequence <= 20; sequence++)
        {
            await AppendAsync(head.Id, $"{sequence} run.painted 1 {Microseconds()} {{\"colour\":\"red\"}}");
        }

        await AppendAsync(head.Id, $"21 run.heartbeat_refused 1 {Microseconds()} {{\"code\":\"a_newer_reason\"}}");
        await _store.StoreAsync(Changing(head, changed => changed with { Events = 22 }).Telling(22));

        var told = await _store.ReadWholeFeedAsync(limit: 4);

        Assert.Equal(Enumerable.Range(1, 22).Select(n => (long)n), told.Select(one => one.Sequence));
        Assert.Equal([1, 2, 22], told.Where(one => one.IsKnown).Select(one => one.Sequence));
        Assert.All(told, one => Assert.Equal(head.Id, one.RunId));
        Assert.Equal(told.Select(one => one.IsKnown), (await _store.ReadEventsAsync(head.Id, 0, 99, CancellationToken.None)).Select(one => one.IsKnown));
    }

    [Fact]
    public async Task A_position_in_a_form_of_a_newer_version_is_told_from_one_that_is_not_kept()
    {
        var position = (await _store.ReadFeedAsync(null)).Next;

        // The first byte is the version of the form.
        await Assert.ThrowsAsync<FormatException>(async () => await _store.ReadFeedAsync("Aw" + position[2..]));
    }

    /// <summary>Adds an event as <c>layout.lua</c> does.</summary>
    private async Task AppendAsync(RunId run, string text)
    {
        var shard = _shards.BaseOf(run.Value);
        var position = (long)await Database.HashIncrementAsync(shard.Append("feed"), "pos");
        await Database.StreamAddAsync(shard.Append("f"), [new("r", run.Value), new("t", Microseconds()), new("e", text)], $"{position}-0");
        await Database.ListRightPushAsync(_shards.KeyOf(run).Append(":e"), position);
    }

    private async Task EditAsync(RedisKey key, string field, Action<JsonNode> edit)
    {
        var json = await ReadAsync(key, field);
        edit(json);
        await Database.HashSetAsync(key, field, json.ToJsonString());
    }

    private async Task<JsonNode> ReadAsync(RedisKey key, string field) => JsonNode.Parse((await Database.HashGetAsync(key, field)).ToString())!;

    private static string Microseconds() => ((Start - DateTimeOffset.UnixEpoch).Ticks / 10).ToString(CultureInfo.InvariantCulture);
}
