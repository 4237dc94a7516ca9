using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Server;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Postgres.Tests.Connections;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Postgres.Tests.Hosting;

/// <summary>The server sample over PostgreSQL, as its operators meet it: a process, its answers and its console.</summary>
public sealed class ServerSampleTests
{
    private static readonly string[] States = ["0A000", "22003", "23514", "25006", "26000", "40001", "40P01", "42501", "42P01", "53100", "53300", "57014", "58030", "P0001", "XX000"];

    [Fact]
    public async Task No_state_is_a_500_only_an_outage_has_Retry_After_and_a_refused_statement_is_logged_once()
    {
        await using var raising = await RaisingStore.CreateAsync();
        await raising.Store.StoreAsync(States.SelectMany(state => new[] { Creation(Head("h-" + state)), Creation(Head("r-" + state)) }));
        await raising.ArmAsync();
        await using var server = await ServerProcess.StartAsync(ServerOptions(raising.Options.Schema));

        foreach (var state in States)
        {
            await AssertAsync(state, server.Client.PostAsJsonAsync("api/v1/runs", new JsonObject { ["id"] = "c-" + state, ["experiment_id"] = "e", ["version_id"] = "v" }));
            await AssertAsync(state, server.Client.PostAsJsonAsync($"api/v1/runs/h-{state}/heartbeat", Beat("h-" + state)));
            await AssertAsync(state, server.Client.GetAsync("api/v1/runs/r-" + state));
        }

        server.Process.Terminate();
        var lines = (await server.Process.EndAsync()).Output.Split('\n');
        foreach (var state in States)
        {
            Assert.Equal(SqlStates.IsRefusal(state) ? 1 : 0, lines.Count(line => line.Contains("refuses a statement", StringComparison.Ordinal) && line.Contains(state, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_database_of_another_encoding_ends_the_start_with_one_sentence()
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString + ";Pooling=false");
        var name = "latin_" + Guid.NewGuid().ToString("N");
        await using var create = source.CreateCommand($"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        await create.ExecuteNonQueryAsync();
        await using var drop = source.CreateCommand($"DROP DATABASE {name} WITH (FORCE)");
        try
        {
            await using var server = SampleProcess.Start(
                ServerProcess.Sample, ["--urls", "http://127.0.0.1:0", .. ServerOptions("orchestrator"), $"--ConnectionStrings:Postgres={Server.ConnectionString};Database={name}"]);

            var (exitCode, _, errors) = await server.EndAsync();

            Assert.Equal(1, exitCode);
            Assert.Equal($"The server does not start: The database '{name}' has the encoding LATIN1, which cannot keep every text: create one with ENCODING 'UTF8'.", errors.TrimEnd());
        }
        finally
        {
            await drop.ExecuteNonQueryAsync();
        }
    }

    private static string[] ServerOptions(string schema) =>
        ["--Orchestrator:Storage:Provider=Postgres", $"--Orchestrator:Storage:Schema={schema}", $"--ConnectionStrings:Postgres={Server.ConnectionString}"];

    private static JsonObject Beat(string run) => new()
    {
        ["run_id"] = run,
        ["status"] = "running",
        ["step"] = 1,
        ["samples_per_sec"] = 1,
        ["loss"] = 1,
        ["checkpoint_version"] = 0,
    };

    private static async Task AssertAsync(string state, Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.Equal((state, HttpStatusCode.ServiceUnavailable), (state, response.StatusCode));
        Assert.Equal((state, !SqlStates.IsRefusal(state)), (state, response.Headers.RetryAfter is not null));
    }
}
