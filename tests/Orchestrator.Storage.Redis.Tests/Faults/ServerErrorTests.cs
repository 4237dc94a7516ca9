using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults.Proxy;
using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Hosting;
using Orchestrator.Storage.Redis.Tests.Faults.Proxy;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;
using StackExchange.Redis;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>What becomes of the errors that a server answers: of a real one where a test can cause them, else in place of its answers.</summary>
[Collection(OwnServer.Name)]
public sealed class ServerErrorTests(RedisNode node)
{
    private static readonly (string Error, bool IsTransient)[] Errors =
    [
        ("READONLY You can't write against a read only replica.", true),
        ("OOM command not allowed when used memory > 'maxmemory'.", true),
        ("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", true),
        ("LOADING Redis is loading the dataset in memory", true),
        ("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", true),
        ("CLUSTERDOWN The cluster is down", true),
        ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", true),
        ("NOREPLICAS Not enough good replicas to write.", true),
        ("TRYAGAIN Multiple keys request during rehashing of slot", true),
        ("NOSCRIPT No matching script. Please use EVAL.", true),
        ("MOVED 1 127.0.0.1:1", true),
        ("ASK 1 127.0.0.1:1", true),
        ("NOAUTH Authentication required.", true),
        ("WRONGPASS invalid username-password pair or user is disabled.", true),
        ("UNHEARD an error that no version has today", true),
        ("NOPERM this user has no permissions to run the 'evalsha' command", false),
        ("WRONGTYPE Operation against a key holding the wrong kind of value script: 7af3, on @user_script:12.", false),
        ("CROSSSLOT Keys in request don't hash to the same slot", false),
        ("EXECABORT Transaction discarded because of previous errors.", false),
        ("ERR unknown command 'EVALSHA', with args beginning with:", false),
        ("ERR user_script:7: attempt to index a nil value script: 7af3, on @user_script:7.", false),
    ];

    [Fact]
    public async Task Every_error_of_a_server_says_whether_to_repeat_the_call()
    {
        var found = await Task.WhenAll(Errors.Select(async one =>
        {
            var isArmed = false;
            await using var proxy = new FaultProxy(node.Port, () => new RedisConversation(
                _ => new(false),
                call => Volatile.Read(ref isArmed) && (call.IsOf(Script.Heartbeats) || call.IsOf(Script.Changes) || call.IsOf(Script.Load) || call.IsOf(Script.Note)) ? one.Error : null));
            await using var store = NewStore(ConfigurationOptions.Parse($"127.0.0.1:{proxy.Port}"));
            var head = await store.StoreAsync(Creation(Head("r1")));
            Volatile.Write(ref isArmed, true);

            var faults = await Task.WhenAll(new Func<Task>[]
            {
                () => store.CommitAsync(Beating(head, Beat(head.Id, 5, Start, beat: 1))),
                () => store.CommitAsync(Changing(head)),
                () => store.LoadAsync("r1"),
                async () => await store.TryWriteNoteAsync("n1", "one", 0, null),
            }.Select(async call => await Record.ExceptionAsync(call)));
            return faults.Select(fault => (one.Error, (fault as StoreUnavailableException)?.IsTransient));
        }));

        Assert.Equal(Errors.SelectMany(one => Enumerable.Repeat((one.Error, (bool?)one.IsTransient), 4)), found.SelectMany(one => one));
    }

    [Fact]
    public async Task A_key_of_the_wrong_type_is_a_mistake_that_is_not_repeated()
    {
        var options = NewOptions();
        await using var store = NewStore(Configuration(), options);
        await store.StoreAsync(Creation(Head("r1")).Telling(1));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(node.Configuration);
        foreach (var key in connection.GetServers()[0].Keys(pattern: options.Prefix + "*feed").ToList())
        {
            await connection.GetDatabase().KeyDeleteAsync(key);
            await connection.GetDatabase().StringSetAsync(key, "no hash");
        }

        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadFeedAsync(EventSubscription.Start));

        Assert.Equal((false, "Redis refused a call of the orchestrator as wrong (WrongType)."), (fault.IsTransient, fault.Message));
    }

    [Fact]
    public async Task A_host_does_not_start_without_a_right_and_names_one_that_is_revoked_later()
    {
        var user = "user" + Guid.NewGuid().ToString("N");
        await node.DoAsync("ACL", "SETUSER", user, "reset", "on", ">secret", "~*", "&*", "+@all", "-evalsha");
        var options = NewOptions();
        await using (var store = NewStore(Configuration(user), options))
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => new StartCheck(store).StartAsync(CancellationToken.None));
            Assert.Contains("denies the user of the orchestrator a right that it needs", refused.Message, StringComparison.Ordinal);
            Assert.Contains("evalsha", refused.Message, StringComparison.Ordinal);
        }

        await node.DoAsync("ACL", "SETUSER", user, "+evalsha");
        await using var other = NewStore(Configuration(user), options);
        await new StartCheck(other).StartAsync(CancellationToken.None);
        var head = await other.StoreAsync(Creation(Head("r1")));
        await node.DoAsync("ACL", "SETUSER", user, "-hset");

        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => other.CommitAsync(Beating(head, Beat(head.Id, 5, Start, beat: 1))));

        Assert.False(fault.IsTransient);
        Assert.DoesNotContain("user_script", fault.Message, StringComparison.Ordinal);
    }

    private static RedisStoreOptions NewOptions() => new() { Prefix = $"errors:{Guid.NewGuid():N}:", Shards = 2 };

    private static RedisRunStore NewStore(ConfigurationOptions configuration, RedisStoreOptions? options = null) =>
        new(configuration, options ?? NewOptions(), NullLoggerFactory.Instance);

    private ConfigurationOptions Configuration(string? user = null)
    {
        var configuration = ConfigurationOptions.Parse("127.0.0.1:" + node.Port.ToString(CultureInfo.InvariantCulture));
        (configuration.User, configuration.Password) = user is null ? (null, null) : (user, "secret");
        return configuration;
    }
}
