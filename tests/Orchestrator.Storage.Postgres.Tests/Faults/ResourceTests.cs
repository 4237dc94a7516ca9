using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Npgsql;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

/// <summary>The server runs, and lacks what it needs to do more.</summary>
[Collection(OwnServer.Name)]
public sealed class ResourceTests(PostgresCluster cluster)
{
    private const long Page = 8192;

    [Fact]
    public async Task A_full_disk_refuses_what_does_not_fit_and_nothing_acknowledged_is_lost()
    {
        await using var space = cluster.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 1);
        var created = new List<string>();
        await cluster.LimitFilesAsync((((cluster.LargestFile() / Page) + 128) * Page) + (Page / 2));

        var n = 0;
        await Eventually.HoldsAsync("the disk is full", async () =>
        {
            var id = $"r{++n}";
            var answer = await fleet.TryCallAsync(0, HttpMethod.Post, "runs", Large(id));
            if (answer!.Status == HttpStatusCode.Created)
            {
                created.Add(id);
            }

            return answer.Status == HttpStatusCode.ServiceUnavailable;
        });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fleet.TryCallAsync(0, HttpMethod.Post, "runs", Large("more")))!.Status);
        Assert.Equal(HttpStatusCode.OK, (await fleet.TryCallAsync(0, HttpMethod.Get, "runs"))!.Status);
        var store = space.OpenStore();
        Assert.Equal(created.Order(StringComparer.Ordinal), await IdsAsync(store));

        await cluster.LimitFilesAsync(null);
        Assert.Equal(HttpStatusCode.Created, (await fleet.CallAsync(HttpMethod.Post, "runs", Large("more"))).Status);
        Assert.Equal(created.Append("more").Order(StringComparer.Ordinal), await IdsAsync(store));
    }

    [Fact]
    public async Task Too_many_connections_refuse_calls_until_there_is_room()
    {
        await using var space = cluster.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 1);
        (await fleet.CallAsync(HttpMethod.Post, "runs", """{"id":"r1","experiment_id":"e","version_id":"v"}""")).Succeeded();

        var taken = new List<NpgsqlConnection>();
        try
        {
            await Eventually.HoldsAsync("no connection is left for the host", async () =>
            {
                await TakeAllAsync(taken);
                var isAlone = await EndThoseOfHostsAsync(taken[0]) == 0;
                return isAlone && (await fleet.TryCallAsync(0, HttpMethod.Get, "runs/r1"))!.Status == HttpStatusCode.ServiceUnavailable;
            });
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fleet.TryCallAsync(0, HttpMethod.Post, "runs", """{"id":"r2","experiment_id":"e","version_id":"v"}"""))!.Status);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fleet.TryCallAsync(0, HttpMethod.Get, "/healthz"))!.Status);
        }
        finally
        {
            foreach (var connection in taken)
            {
                await connection.DisposeAsync();
            }
        }

        Assert.Equal(HttpStatusCode.Created, (await fleet.CallAsync(HttpMethod.Post, "runs", """{"id":"r2","experiment_id":"e","version_id":"v"}""")).Status);
        Assert.Equal(["r1", "r2"], await IdsAsync(space.OpenStore()));
    }

    /// <summary>A run whose manifest cannot be made smaller.</summary>
    private static string Large(string id) => new JsonObject
    {
        ["id"] = id,
        ["experiment_id"] = "e",
        ["version_id"] = "v",
        ["launch_manifest"] = new JsonObject { ["blob"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(150_000)) },
    }.ToJsonString();

    private static async Task<IEnumerable<string>> IdsAsync(IRunStore store) =>
        (await store.ListAsync(new RunFilter(), limit: 100)).Select(view => view.Head.Id.Value).Order(StringComparer.Ordinal);

    private async Task TakeAllAsync(List<NpgsqlConnection> taken)
    {
        while (true)
        {
            var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
            try
            {
                await connection.OpenAsync();
                taken.Add(connection);
            }
            catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                return;
            }
        }
    }

    private static async Task<long> EndThoseOfHostsAsync(NpgsqlConnection connection)
    {
        await using var end = new NpgsqlCommand(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'orchestrator'", connection);
        return (long)(await end.ExecuteScalarAsync())!;
    }
}
